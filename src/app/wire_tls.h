#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/settings.h"
#include "base/clock.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/http/standard_middleware.h"
#include "platform/http/tls.h"
#include "platform/obs/log.h"

namespace sotto::app {

/// What `sotto serve` is told about TLS.
struct TlsOptions {
  TlsMode mode = TlsMode::kOff;
  http::TlsFiles files;                         ///< For kFiles.
  std::vector<http::Endpoint> redirect_listen;  ///< Plain text: sends everybody to TLS.
  std::string public_url;                       ///< "https://NAME[:PORT]" where there is one name.
  /// Strict-Transport-Security with kFiles; none where 0. Never with kLocal: it would hold for
  /// every port of "localhost", other people's programs included.
  std::chrono::seconds hsts{std::chrono::hours(24 * 180)};
};

/// The TLS of a service: its certificate, where it comes from, and how clients learn of it.
class ServiceTls {
 public:
  /// Where devices fetch the CA of --tls local.
  static constexpr const char* kCaPath = "/tls/ca.crt";

  /// `hosts` are the names that requests may carry. Null for kOff. "app.bad_setting", and the
  /// errors of http::TlsContext and http::ensure_local_certificate().
  static Result<std::unique_ptr<ServiceTls>> create(const TlsOptions& options,
                                                    const std::filesystem::path& data,
                                                    const std::vector<std::string>& hosts,
                                                    obs::Log& log);
  virtual ~ServiceTls() = default;

  virtual std::shared_ptr<http::TlsContext> context() const = 0;
  virtual std::chrono::seconds hsts() const = 0;
  /// Names and addresses that the certificate is for, as a Host field has them.
  virtual std::vector<std::string> hosts() const = 0;
  /// GET kCaPath, where the CA is ours. The router may not outlive this.
  virtual void add_ca_route(http::Router& router) = 0;
  /// Says in the log how devices come to trust us, where the CA is ours.
  virtual void explain(const std::vector<http::Endpoint>& secure,
                       const std::vector<http::Endpoint>& redirecting) const = 0;
  /// Renews what is due and reads the files again. Where that fails, what was there stays. Any
  /// thread.
  virtual Result<> reload() = 0;
};

/// Starts the plain-text listener that sends everybody to the secure one, by the names that `live`
/// holds at the time; null without any. "http.bad_options" for a public URL that cannot be.
Result<std::unique_ptr<http::Server>> start_redirect(
    const TlsOptions& options, ServiceTls& tls, const http::LiveMiddlewareOptions& live,
    std::uint16_t secure_port, std::vector<std::unique_ptr<http::Middleware>> middleware);

}  // namespace sotto::app
