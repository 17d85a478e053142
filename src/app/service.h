#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/storage.h"
#include "app/wire_tls.h"
#include "base/context.h"
#include "platform/http/address.h"
#include "platform/http/rate_limiter.h"
#include "platform/http/server.h"
#include "platform/http/standard_middleware.h"
#include "platform/obs/log.h"

namespace sotto::app {

/// What `sotto serve` is told; service_options() makes it of the settings.
struct ServiceOptions {
  std::filesystem::path data;  ///< Everything that is kept is under it.
  std::vector<http::Endpoint> listen;
  std::vector<http::Endpoint> metrics_listen;  ///< Where /metrics answers; nowhere where empty.
  std::filesystem::path metrics_token_file;    ///< Empty: /metrics does not answer at `listen`.
  std::vector<std::string> hosts;  ///< Names that we answer to besides this machine's own.
  std::vector<http::AddressBlock> trusted_proxies;
  std::vector<std::string> cors_origins;
  http::RateLimiter::Limits rates = http::StandardMiddlewareOptions().rates;  ///< By RateClass.
  bool allow_plain_http = false;  ///< Beyond loopback; otherwise the start is refused.
  TlsOptions tls;                 ///< Spoken on all of `listen` but Unix sockets.
  http::ServerOptions bounds;     ///< All but where it listens.
};

/// The server with everything that it needs, from start to stop.
class Service {
 public:
  /// Opens the data folder (made with mode 0700 where it is missing), locks it, and listens.
  /// "app.data_in_use" where another server has it, "app.plain_http" for plain HTTP beyond
  /// loopback, "app.bad_setting" for TLS that cannot be, those of http::Server::start()
  /// and Storage::open(). `storage` is told where the same data folder is.
  /// The context bounds the start alone.
  static Result<std::unique_ptr<Service>> start(const CallContext& context,
                                                const ServiceOptions& options,
                                                const StorageOptions& storage, obs::Log& log);
  virtual ~Service() = default;

  /// Where it really listens.
  virtual const std::vector<http::Endpoint>& endpoints() const = 0;
  /// Where it redirects to TLS; nowhere where empty.
  virtual std::vector<http::Endpoint> redirect_endpoints() const = 0;
  /// Renews the certificate where it is due and takes it up from its files, for connections to
  /// come. Where that fails, the one that was loaded stays. One thread at a time, reload() with it.
  virtual Result<> reload_certificate() = 0;
  /// Takes hosts, the public URL, trusted proxies, origins and rates anew; the rest keeps its
  /// value. Requests see the old or the new ones. One thread at a time.
  virtual void reload(const ServiceOptions& options) = 0;
  /// Is not ready any more, finishes what is in flight, and returns. Once.
  virtual void stop() = 0;
};

}  // namespace sotto::app
