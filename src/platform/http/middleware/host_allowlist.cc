#include <algorithm>

#include "base/text.h"
#include "platform/http/middleware/steps.h"

namespace sotto::http {

Result<Middleware::Verdict> HostAllowlist::on_head(Exchange& exchange) {
  std::string_view host = exchange.request.head.host;
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
    host = host.substr(0, colon);
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);  // The root's dot.
  const bool known = std::any_of(hosts_.begin(), hosts_.end(), [host](const std::string& name) {
    return equals_ignoring_case(name, host);
  });
  if (known) return Verdict::kContinue;
  return Error(ErrorCode::kInvalidArgument, "http.host_unknown",
               "This server does not answer to the name " + printable(host.substr(0, 100)) +
                   "; its operator can add it to server.hosts.");
}

}  // namespace sotto::http
