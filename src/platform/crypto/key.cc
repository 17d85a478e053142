#include "platform/crypto/key.h"

#include <algorithm>
#include <sodium.h>

namespace sotto::crypto {

Key Key::make(Random& random) {
  Key key;
  random.fill(key.bytes_);
  return key;
}

Key::Key(std::span<const std::byte, kSize> bytes) { std::ranges::copy(bytes, bytes_.begin()); }

Key::~Key() { ::sodium_memzero(bytes_.data(), bytes_.size()); }

Key::Key(Key&& other) noexcept : bytes_(other.bytes_) {
  ::sodium_memzero(other.bytes_.data(), other.bytes_.size());
}

Key& Key::operator=(Key&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    ::sodium_memzero(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}

std::string_view Key::reveal() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

}  // namespace sotto::crypto
