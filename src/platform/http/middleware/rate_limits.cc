#include <string>
#include <string_view>

#include "platform/http/middleware/steps.h"

namespace sotto::http {

namespace {

using Seen = std::atomic<const StandardMiddlewareOptions*>;

RateClass class_of(const Exchange& exchange) {
  return exchange.route != nullptr ? exchange.route->options.rate_class : RateClass::kGeneral;
}

/// Hands new limits to the limiter. Two threads may meet here with different options; the next
/// request puts it right.
void follow(const StandardMiddlewareOptions& options, Seen& seen, RateLimiter& limiter) {
  if (seen.load(std::memory_order_relaxed) == &options) return;
  limiter.set_limits(options.rates);
  seen.store(&options, std::memory_order_relaxed);
}

Error too_many(std::string_view whose, const RateLimiter::Verdict& verdict) {
  return Error(ErrorCode::kQuotaExceeded, "http.rate_limited",
               "Too many requests " + std::string(whose) + "; the next is answered in " +
                   std::to_string(verdict.reset.count()) + " s.");
}

}  // namespace

Result<Middleware::Verdict> RateLimits::on_head(Exchange& exchange) {
  follow(options_->get(), seen_, limiter_);
  exchange.rate = limiter_.take(exchange.request.peer, class_of(exchange), exchange.started);
  if (exchange.rate->allowed) return Verdict::kContinue;
  return too_many("from this address", *exchange.rate);
}

Result<> PrincipalRateLimits::on_request(const CallContext& /*context*/, Exchange& exchange) {
  if (exchange.request.principal.empty()) return {};
  follow(options_->get(), seen_, limiter_);
  const RateLimiter::Verdict verdict =
      limiter_.take(exchange.request.principal, class_of(exchange), exchange.started);
  // What is said to the client is what it will meet first.
  if (!verdict.allowed || !exchange.rate || verdict.remaining < exchange.rate->remaining)
    exchange.rate = verdict;
  if (verdict.allowed) return {};
  return too_many("with this account or key", verdict);
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
