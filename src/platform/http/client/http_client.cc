#include "platform/http/client/http_client.h"

namespace sotto::http {

std::optional<std::string_view> FetchHead::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (equals_ignoring_case(key, name)) return value;
  return std::nullopt;
}

}  // namespace sotto::http
