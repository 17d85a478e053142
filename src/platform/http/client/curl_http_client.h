#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "platform/http/client/http_client.h"
#include "platform/http/client/outbound_guard.h"
#include "platform/http/client/resolver.h"

namespace sotto::http {

namespace internal {
struct ClientState;
}  // namespace internal

struct CurlHttpClientOptions {
  std::string user_agent = "sotto";
  /// PEM certificates to trust instead of the system's; the system's where empty.
  std::string ca_file;
  /// "http://host:port" of a proxy that public hosts are asked through; none where empty. What the
  /// environment says about proxies is ignored: whoever wants it reads it and sets this.
  std::string proxy;
  std::size_t calls_max = 64;            ///< At a time; above: "client.too_many_calls".
  std::size_t idle_connections_max = 8;  ///< Kept open for later calls.
  std::chrono::milliseconds idle_connection_age_max{60'000};
};

/// HttpClient over libcurl: HTTP/1.1 and HTTP/2, TLS 1.2 and newer with the certificate always
/// checked, no cookies, no stored credentials.
///
/// A call runs on its caller's thread. Every address goes through the guard, again at each
/// redirect, and the connection to the addresses that it gave. Across origins a redirect takes
/// along only fields that carry no secret, and no body; from https it never leads to http.
class CurlHttpClient final : public HttpClient {
 public:
  /// What the client uses; all outlive it.
  struct Parts {
    Resolver& resolver;
    const Clock& clock;  ///< For dates in Retry-After.
    Random& random;      ///< For pauses between attempts.
  };

  /// "client.bad_options" for options that cannot work.
  static Result<std::unique_ptr<CurlHttpClient>> create(CurlHttpClientOptions options,
                                                        OutboundGuard guard, Parts parts);
  ~CurlHttpClient() override;

  Result<FetchAnswer> fetch(const CallContext& context, const FetchRequest& request) override;

 private:
  explicit CurlHttpClient(std::unique_ptr<internal::ClientState> state);

  std::unique_ptr<internal::ClientState> state_;
};

}  // namespace sotto::http
