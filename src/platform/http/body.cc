#include "platform/http/body.h"

namespace sotto::http {

Result<std::string> Body::read_all(const CallContext& context) const {
  if (!spooled_) return bytes_;
  std::string all(static_cast<std::size_t>(spooled_->size()), '\0');
  SOTTO_ASSIGN(const std::size_t count,
               spooled_->read(context, 0, std::as_writable_bytes(std::span(all))));
  all.resize(count);
  return all;
}

}  // namespace sotto::http
