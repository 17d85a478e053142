#include "base/secret.h"

#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero is not in <cstring>.
#include <utility>

namespace sotto {

// A short string lives inside the object, so moving leaves a copy behind: wipe the source too.
Secret::Secret(std::string value) : value_(value) { explicit_bzero(value.data(), value.size()); }

Secret::~Secret() { wipe(); }

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_.swap(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  // The whole buffer, beyond size() as well: a moved-from string keeps its old characters there.
  value_.resize(value_.capacity());
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace sotto
