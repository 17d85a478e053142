#include "edge/ops/ops.h"

#include <cstddef>
#include <utility>

#include "base/check.h"
#include "platform/crypto/sha256.h"
#include "platform/http/problem.h"

namespace sotto::ops {
namespace {

constexpr http::RouteOptions kQuick{.immediate = true};

http::Response status(std::string_view text, int code = 200) {
  return http::Response::json(wire::Json{{"status", text}}, code);
}

http::Response show(const obs::Metrics& metrics) {
  return http::Response::text(metrics.to_text(), "text/plain; version=0.0.4; charset=utf-8");
}

/// Takes the same time wherever they differ; hashes, so that not even the length shows.
bool same(const crypto::Sha256Digest& left, const crypto::Sha256Digest& right) {
  std::byte difference{0};
  for (std::size_t i = 0; i < left.size(); ++i) difference |= left[i] ^ right[i];
  return difference == std::byte{0};
}

constexpr std::string_view kBearer = "Bearer ";

bool shows(const http::Request& request, const crypto::Sha256Digest& token) {
  const auto field = request.field("Authorization");
  if (!field || field->size() <= kBearer.size()) return false;
  if (!http::equals_ignoring_case(field->substr(0, kBearer.size()), kBearer)) return false;
  return same(crypto::sha256(field->substr(kBearer.size())), token);
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
    return Error(ErrorCode::kUnavailable, "ops.not_ready",
                 "The server is starting or stopping, or its database does not answer.");
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
                return show(metrics);
              }});
}

void add_metrics_route(http::Router& router, const obs::Metrics& metrics, const Secret& token) {
  SOTTO_CHECK(!token.empty());
  router.add({.pattern = "/metrics",
              .handler = [&metrics, token = crypto::sha256(token.reveal())](
                             const CallContext&, http::Request& request) -> Result<http::Response> {
                if (shows(request, token)) return show(metrics);
                return http::problem(Error(ErrorCode::kUnauthenticated, "ops.metrics_token",
                                           "The metrics are for who sends Authorization: Bearer "
                                           "with the token that the operator set."),
                                     request.id)
                    .with("WWW-Authenticate", "Bearer");
              }});
}

}  // namespace sotto::ops
