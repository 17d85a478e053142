#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "platform/http/address.h"
#include "platform/http/middleware.h"
#include "platform/http/rate_limiter.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"
#include "platform/runtime/live.h"

namespace sotto::http {

/// All of it but `hsts` may change while the server runs.
struct StandardMiddlewareOptions {
  /// Proxies whose word about the client is believed; nobody's where empty.
  std::vector<AddressBlock> trusted_proxies;
  /// Host names and addresses, without port, that requests may name; lower case.
  std::vector<std::string> hosts;
  /// Origins that pages of other sites may call from, "https://app.example.org"; lower case.
  std::vector<std::string> cors_origins;
  /// By RateClass: general, login, upload, speech.
  std::array<RateLimit, RateLimiter::kClassCount> rates{{{.per_minute = 1200, .burst = 300},
                                                         {.per_minute = 10, .burst = 10},
                                                         {.per_minute = 120, .burst = 30},
                                                         {.per_minute = 240, .burst = 60}}};
  /// Strict-Transport-Security on what is answered over TLS; none where 0.
  std::chrono::seconds hsts{0};
  /// What parse_public_url() gave: where redirect_to_tls() sends everybody. Empty: to that of
  /// `hosts` that the request names.
  std::string public_url;
};

/// Shared, since each step holds on to the options on its own.
using LiveMiddlewareOptions = std::shared_ptr<const runtime::Live<StandardMiddlewareOptions>>;

/// What every request passes, in this order on the way in and the opposite one on the way out:
///
/// 1. client address: who asks, behind trusted proxies; all that follows goes by it
/// 2. request id: so that everything that follows can be told apart in the log
/// 3. access log and 4. metrics: they see every answer, refusals included
/// 5. security headers: they stand on every answer
/// 6. host allowlist: before anything that could depend on the name
/// 7. rate limits: before anything that costs
/// 8. CORS: a preflight is answered here, and never reaches what authenticates
/// 9. compression: nothing on the way in; on the way out behind whatever makes or changes a body,
///    and before what counts its bytes
///
/// Behind these come, from edge and in this order: authentication (which says who asks in
/// request.principal), principal_rate_limits(), CSRF, authorisation.
std::vector<std::unique_ptr<Middleware>> standard_middleware(const LiveMiddlewareOptions& options,
                                                             obs::Log& log, obs::Metrics& metrics);
/// With options that never change.
std::vector<std::unique_ptr<Middleware>> standard_middleware(
    const StandardMiddlewareOptions& options, obs::Log& log, obs::Metrics& metrics);

/// The same rates once more for whoever was authenticated, from however many addresses.
std::unique_ptr<Middleware> principal_rate_limits(LiveMiddlewareOptions options);

}  // namespace sotto::http
