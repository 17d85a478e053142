#include <algorithm>

#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

constexpr std::string_view kPreflightAge = "600";

}  // namespace

Result<Middleware::Verdict> Cors::on_head(Exchange& exchange) {
  const Request& request = exchange.request;
  const auto asked = request.field("Access-Control-Request-Method");
  if (request.method() != Method::kOptions || !request.field("Origin") || !asked)
    return Verdict::kContinue;
  // The answer to a preflight of a foreign origin is the same, without leave.
  exchange.response = Response::empty();
  exchange.response.with("Vary",
                         "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  return Verdict::kAnswer;
}

void Cors::on_response(Exchange& exchange) {
  const Request& request = exchange.request;
  const auto origin = request.field("Origin");
  const std::vector<std::string>& origins = options_->get().cors_origins;
  if (!origin || origins.empty()) return;
  Response& response = exchange.response;
  const bool listed = std::any_of(origins.begin(), origins.end(),
                                  [&](const std::string& allowed) { return allowed == *origin; });
  if (!listed) return;
  response.with("Access-Control-Allow-Origin", std::string(*origin));
  response.with("Access-Control-Allow-Credentials", "true");
  if (request.method() == Method::kOptions && request.field("Access-Control-Request-Method")) {
    response.with("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    response.with("Access-Control-Allow-Headers",
                  "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                  "Last-Event-ID, Range, X-Request-Id");
    response.with("Access-Control-Max-Age", std::string(kPreflightAge));
    return;
  }
  add_vary(response, "Origin");
  response.with("Access-Control-Expose-Headers",
                "ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
                "Retry-After, X-Request-Id");
}

}  // namespace sotto::http
