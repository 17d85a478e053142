#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/client/curl_http_client.h"
#include "platform/http/client/internal/curl_pool.h"
#include "platform/http/client/internal/curl_transfer.h"

namespace sotto::http::internal {

/// What the calls of one client share. Immutable but for the pool; any thread.
struct ClientState {
  ClientState(CurlHttpClientOptions given, std::optional<Url> through, OutboundGuard allowed,
              CurlHttpClient::Parts used)
      : options(std::move(given)),
        proxy(std::move(through)),
        guard(std::move(allowed)),
        parts(used),
        pool(options.calls_max, options.idle_connections_max, options.idle_connection_age_max) {}

  const CurlHttpClientOptions options;
  const std::optional<Url> proxy;
  const OutboundGuard guard;
  const CurlHttpClient::Parts parts;
  CurlPool pool;
};

/// One call with its redirects and attempts, on the caller's thread.
class FetchCall {
 public:
  FetchCall(ClientState& client, const CallContext& context, const FetchRequest& request, Url url);
  FetchCall(const FetchCall&) = delete;
  FetchCall& operator=(const FetchCall&) = delete;

  Result<FetchAnswer> run();

 private:
  /// Asks once; decide() has left in next_url_ and delay_ what to do with the answer.
  Result<FetchHead> exchange();
  /// Checks the URL and finds the addresses to connect to: its own, or the proxy's.
  Result<> find_peer();
  Result<std::vector<Address>> resolve(const Url& peer, bool direct);
  /// Whether the body of this answer is delivered, or another exchange follows.
  Result<bool> decide(const FetchHead& head);
  /// Nothing where the call is not to be repeated.
  std::optional<std::chrono::milliseconds> delay_before_next(std::string_view retry_after);
  /// Turns the plan to where an answer redirects (RFC 9110 §15.4).
  Result<> follow(const Url& url, int status);

  ClientState& client_;
  const CallContext context_;
  const FetchRequest& request_;
  TransferPlan plan_;
  FetchAnswer answer_;
  int redirects_ = 0;
  std::optional<Url> next_url_;
  std::optional<std::chrono::milliseconds> delay_;
};

}  // namespace sotto::http::internal
