#include "platform/http/forwarded.h"
#include "platform/http/middleware/steps.h"

namespace sotto::http {

Result<Middleware::Verdict> ClientAddress::on_head(Exchange& exchange) {
  Request& request = exchange.request;
  const std::vector<AddressBlock>& trusted = options_->get().trusted_proxies;
  if (trusted.empty()) return Verdict::kContinue;
  if (const auto client = forwarded_client(request.peer, request.head.fields, trusted)) {
    request.peer = client->address;
    request.secure = request.secure || client->secure;
  }
  return Verdict::kContinue;
}

}  // namespace sotto::http
