#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "platform/http/address.h"
#include "platform/http/middleware.h"
#include "platform/http/rate_limiter.h"
#include "platform/http/standard_middleware.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"

namespace sotto::http {

/// Puts the client's address in the place of a trusted proxy's.
class ClientAddress final : public Middleware {
 public:
  explicit ClientAddress(LiveMiddlewareOptions options) : options_(std::move(options)) {}
  Result<Verdict> on_head(Exchange& exchange) override;

 private:
  const LiveMiddlewareOptions options_;
};

/// Says a request's id in X-Request-Id. One that the client sent takes the place of the server's
/// where it has 8 to 64 letters, digits, '-', '_' and '.'.
class RequestId final : public Middleware {
 public:
  Result<Verdict> on_head(Exchange& exchange) override;
  void on_response(Exchange& exchange) override;
};

/// One line a request: no query, no header but what names the request, no body.
class AccessLog final : public Middleware {
 public:
  explicit AccessLog(obs::Log& log) : log_(log) {}
  void on_end(const Exchange& exchange) override;

 private:
  obs::Log& log_;
};

/// Counts requests and their time by route, method and status, and what else tells how it goes.
class RequestMetrics final : public Middleware {
 public:
  explicit RequestMetrics(obs::Metrics& metrics);
  Result<Verdict> on_head(Exchange& exchange) override;
  void on_end(const Exchange& exchange) override;

 private:
  static constexpr std::size_t kStatusClasses = 6;
  struct Series {
    std::array<std::atomic<obs::Counter*>, kStatusClasses> by_status{};
    std::atomic<obs::Histogram*> took{nullptr};
  };
  Series& series(const Route* route);

  obs::Metrics& metrics_;
  obs::Gauge& in_flight_;
  obs::Counter& received_;
  obs::Counter& sent_;
  obs::Counter& rate_limited_;
  obs::Counter& cut_;
  Mutex mutex_;
  std::vector<std::pair<const Route*, std::unique_ptr<Series>>> series_ SOTTO_GUARDED_BY(mutex_);
};

/// The headers that keep a browser from doing what a page of ours never needs.
class SecurityHeaders final : public Middleware {
 public:
  explicit SecurityHeaders(std::chrono::seconds hsts);
  void on_response(Exchange& exchange) override;

 private:
  static constexpr std::size_t kPublic = 1;
  static constexpr std::size_t kSecure = 2;
  static constexpr std::size_t kPage = 4;

  std::array<std::string, 8> lines_;  // Whole header lines, by the sum of what holds.
};

/// The name or address of a Host field: without port and without the root's dot.
std::string_view name_of_host(std::string_view host);

/// Refuses requests for names that are not ours ("http.host_unknown"): DNS rebinding, and links
/// that somebody else's name would be built into.
class HostAllowlist final : public Middleware {
 public:
  explicit HostAllowlist(LiveMiddlewareOptions options) : options_(std::move(options)) {}
  Result<Verdict> on_head(Exchange& exchange) override;

 private:
  const LiveMiddlewareOptions options_;
};

/// Bounds how often an address asks ("http.rate_limited"), and says so in RateLimit-*.
class RateLimits final : public Middleware {
 public:
  explicit RateLimits(LiveMiddlewareOptions options)
      : options_(std::move(options)), seen_(&options_->get()), limiter_(seen_.load()->rates) {}
  Result<Verdict> on_head(Exchange& exchange) override;
  void on_response(Exchange& exchange) override;

 private:
  const LiveMiddlewareOptions options_;
  // Those that the limiter has: compared with the ones of now, which is cheaper than setting them.
  std::atomic<const StandardMiddlewareOptions*> seen_;
  RateLimiter limiter_;
};

/// Bounds how often whoever was authenticated asks, from however many addresses. Strangers pass:
/// their addresses are counted.
class PrincipalRateLimits final : public Middleware {
 public:
  explicit PrincipalRateLimits(LiveMiddlewareOptions options)
      : options_(std::move(options)), seen_(&options_->get()), limiter_(seen_.load()->rates) {}
  Result<> on_request(const CallContext& context, Exchange& exchange) override;

 private:
  const LiveMiddlewareOptions options_;
  std::atomic<const StandardMiddlewareOptions*> seen_;  // As in RateLimits.
  RateLimiter limiter_;
};

/// Lets pages of listed origins call us, with credentials; never "*".
class Cors final : public Middleware {
 public:
  explicit Cors(LiveMiddlewareOptions options) : options_(std::move(options)) {}
  Result<Verdict> on_head(Exchange& exchange) override;
  void on_response(Exchange& exchange) override;

 private:
  const LiveMiddlewareOptions options_;
};

/// Names one more request field that the answer depends on, in the one Vary that it has.
void add_vary(Response& response, std::string_view name);

/// Sends text in a coding that the client takes. On the way out, behind whatever makes the body;
/// RouteOptions::compress says where not to.
class Compression final : public Middleware {
 public:
  static constexpr std::size_t kSizeMin = 1024;  ///< Below, headers and time outweigh the gain.
  static constexpr std::size_t kImmediateMax = std::size_t{8} << 10;  ///< On an I/O thread: 0.1 ms.
  static constexpr std::size_t kSizeMax = std::size_t{4} << 20;       ///< On a handler thread.

  void on_response(Exchange& exchange) override;
};

}  // namespace sotto::http
