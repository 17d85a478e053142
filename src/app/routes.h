#pragma once

#include <functional>

#include "base/secret.h"
#include "platform/http/router.h"
#include "platform/obs/metrics.h"

namespace sotto::app {

/// What the routes need while the server runs; all of it outlives the routers.
struct RouteSources {
  std::function<bool()> is_ready;
  const obs::Metrics& metrics;
  const Secret& metrics_token;  ///< Empty: no /metrics among the main routes.
};

/// The table of routes; spec/openapi.yaml describes exactly these.
http::Router main_routes(const RouteSources& sources);
/// What answers on the listener of the metrics.
http::Router metrics_routes(const RouteSources& sources);

}  // namespace sotto::app
