#include "app/routes.h"

#include <string>

#include "app/version.h"
#include "edge/api/description.h"
#include "edge/ops/ops.h"

namespace sotto::app {

http::Router main_routes(const RouteSources& sources) {
  http::Router router;
  ops::add_health_routes(router, {.version = std::string(version()), .is_ready = sources.is_ready});
  api::add_description_routes(router);
  if (!sources.metrics_token.empty())
    ops::add_metrics_route(router, sources.metrics, sources.metrics_token);
  return router;
}

http::Router metrics_routes(const RouteSources& sources) {
  http::Router router;
  ops::add_metrics_route(router, sources.metrics);
  return router;
}

}  // namespace sotto::app
