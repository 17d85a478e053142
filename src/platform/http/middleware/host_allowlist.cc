#include <algorithm>

#include "base/text.h"
#include "platform/http/middleware/steps.h"

namespace sotto::http {

std::string_view name_of_host(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = host.substr(colon + 1);
    if (port.find_first_not_of("0123456789") == std::string_view::npos)
      host = host.substr(0, colon);
  }
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);  // The root's dot.
  return host;
}

Result<Middleware::Verdict> HostAllowlist::on_head(Exchange& exchange) {
  const std::string_view host = name_of_host(exchange.request.head.host);
  const std::vector<std::string>& hosts = options_->get().hosts;
  const bool known = std::any_of(hosts.begin(), hosts.end(), [host](const std::string& name) {
    return equals_ignoring_case(name, host);
  });
  if (known) return Verdict::kContinue;
  return Error(ErrorCode::kInvalidArgument, "http.host_unknown",
               "This server does not answer to the name " + printable(host.substr(0, 100)) +
                   "; its operator can add it to server.hosts.");
}

}  // namespace sotto::http
