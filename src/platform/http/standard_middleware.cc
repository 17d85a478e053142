#include "platform/http/standard_middleware.h"

#include "platform/http/middleware/steps.h"

namespace sotto::http {

std::vector<std::unique_ptr<Middleware>> standard_middleware(
    const StandardMiddlewareOptions& options, obs::Log& log, obs::Metrics& metrics) {
  std::vector<std::unique_ptr<Middleware>> steps;
  steps.push_back(std::make_unique<ClientAddress>(options.trusted_proxies));
  steps.push_back(std::make_unique<RequestId>());
  steps.push_back(std::make_unique<AccessLog>(log));
  steps.push_back(std::make_unique<RequestMetrics>(metrics));
  steps.push_back(std::make_unique<SecurityHeaders>(options.hsts));
  steps.push_back(std::make_unique<HostAllowlist>(options.hosts));
  steps.push_back(std::make_unique<RateLimits>(options.rates));
  steps.push_back(std::make_unique<Cors>(options.cors_origins));
  steps.push_back(std::make_unique<Compression>());
  return steps;
}

}  // namespace sotto::http
