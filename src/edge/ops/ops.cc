#include "edge/ops/ops.h"

#include <utility>

namespace sotto::ops {
namespace {

constexpr http::RouteOptions kQuick{.immediate = true};

http::Response status(std::string_view text, int code = 200) {
  return http::Response::json(wire::Json{{"status", text}}, code);
}

}  // namespace

void add_health_routes(http::Router& router, OpsOptions options) {
  router.add({.pattern = "/live",
              .handler = [](const CallContext&, http::Request&) -> Result<http::Response> {
                return status("live");
              },
              .options = kQuick});
  const auto ready = [is_ready = std::move(options.is_ready)](
                         const CallContext&, http::Request&) -> Result<http::Response> {
    if (is_ready()) return status("ready");
    return Error(ErrorCode::kUnavailable, "ops.not_ready", "The server is starting or stopping.");
  };
  router.add({.pattern = "/ready", .handler = ready, .options = kQuick});
  router.add({.pattern = "/health", .handler = ready, .options = kQuick});
  router.add({.pattern = "/version",
              .handler = [version = std::move(options.version)](
                             const CallContext&, http::Request&) -> Result<http::Response> {
                return http::Response::json(wire::Json{{"name", "sotto"}, {"version", version}});
              },
              .options = kQuick});
}

void add_metrics_route(http::Router& router, const obs::Metrics& metrics) {
  router.add({.pattern = "/metrics",
              .handler = [&metrics](const CallContext&, http::Request&) -> Result<http::Response> {
                return http::Response::text(metrics.to_text(), "text/plain; version=0.0.4");
              }});
}

}  // namespace sotto::ops
