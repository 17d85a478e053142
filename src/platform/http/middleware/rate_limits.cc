#include "platform/http/middleware/steps.h"

namespace sotto::http {

Result<Middleware::Verdict> RateLimits::on_head(Exchange& exchange) {
  const RateClass rate_class =
      exchange.route != nullptr ? exchange.route->options.rate_class : RateClass::kGeneral;
  // Two threads may meet here with different options; the next request puts it right.
  const StandardMiddlewareOptions& options = options_->get();
  if (seen_.load(std::memory_order_relaxed) != &options) {
    limiter_.set_limits(options.rates);
    seen_.store(&options, std::memory_order_relaxed);
  }
  exchange.rate = limiter_.take(exchange.request.peer, rate_class, exchange.started);
  if (exchange.rate->allowed) return Verdict::kContinue;
  return Error(ErrorCode::kQuotaExceeded, "http.rate_limited",
               "Too many requests from this address; the next is answered in " +
                   std::to_string(exchange.rate->reset.count()) + " s.");
}

void RateLimits::on_response(Exchange& exchange) {
  if (!exchange.rate) return;
  Response& response = exchange.response;
  response.with("RateLimit-Limit", std::to_string(exchange.rate->limit));
  response.with("RateLimit-Remaining", std::to_string(exchange.rate->remaining));
  response.with("RateLimit-Reset", std::to_string(exchange.rate->reset.count()));
  if (exchange.rate->allowed) return;
  for (auto& [name, value] : response.fields)
    if (name == "Retry-After") value = std::to_string(exchange.rate->reset.count());
}

}  // namespace sotto::http
