#pragma once

#include <functional>
#include <string>

#include "base/secret.h"
#include "platform/http/router.h"
#include "platform/obs/metrics.h"

namespace sotto::ops {

/// What the routes of operation tell.
struct OpsOptions {
  std::string version;
  /// Whether requests can be served now. Called on an I/O thread: quick, never blocking.
  std::function<bool()> is_ready;
};

/// GET /live, /ready, /health and /version: for load balancers, supervisors and people, and without
/// a detail that a stranger could use.
void add_health_routes(http::Router& router, OpsOptions options);

/// GET /metrics, for a listener of its own: loopback is everyone behind a local proxy.
void add_metrics_route(http::Router& router, const obs::Metrics& metrics);
/// The same for a listener that others reach: for who sends "Authorization: Bearer <token>" alone;
/// others get 401 "ops.metrics_token". The token must not be empty (SOTTO_CHECK).
void add_metrics_route(http::Router& router, const obs::Metrics& metrics, const Secret& token);

}  // namespace sotto::ops
