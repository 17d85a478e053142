#include "platform/http/middleware.h"

namespace sotto::http {

Result<Middleware::Verdict> Middleware::on_head(Exchange& /*exchange*/) {
  return Verdict::kContinue;
}
Result<> Middleware::on_request(const CallContext& /*context*/, Exchange& /*exchange*/) {
  return {};
}
void Middleware::on_response(Exchange& /*exchange*/) {}
void Middleware::on_end(const Exchange& /*exchange*/) {}

}  // namespace sotto::http
