#include "platform/http/standard_middleware.h"

#include <utility>

#include "platform/http/middleware/steps.h"

namespace sotto::http {

std::vector<std::unique_ptr<Middleware>> standard_middleware(const LiveMiddlewareOptions& options,
                                                             obs::Log& log, obs::Metrics& metrics) {
  std::vector<std::unique_ptr<Middleware>> steps;
  steps.push_back(std::make_unique<ClientAddress>(options));
  steps.push_back(std::make_unique<RequestId>());
  steps.push_back(std::make_unique<AccessLog>(log));
  steps.push_back(std::make_unique<RequestMetrics>(metrics));
  steps.push_back(std::make_unique<SecurityHeaders>(options->get().hsts));
  steps.push_back(std::make_unique<HostAllowlist>(options));
  steps.push_back(std::make_unique<RateLimits>(options));
  steps.push_back(std::make_unique<Cors>(options));
  steps.push_back(std::make_unique<Compression>());
  return steps;
}

std::vector<std::unique_ptr<Middleware>> standard_middleware(
    const StandardMiddlewareOptions& options, obs::Log& log, obs::Metrics& metrics) {
  return standard_middleware(
      std::make_shared<const runtime::Live<StandardMiddlewareOptions>>(options), log, metrics);
}

std::unique_ptr<Middleware> principal_rate_limits(LiveMiddlewareOptions options) {
  return std::make_unique<PrincipalRateLimits>(std::move(options));
}

}  // namespace sotto::http
