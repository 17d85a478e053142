#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "platform/http/body.h"
#include "platform/http/client/retry.h"
#include "platform/http/types.h"

namespace sotto::http {

/// The head of an answer.
struct FetchHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  ///< In their order, as they came.

  /// The value of the first field of that name; nothing where there is none.
  std::optional<std::string_view> field(std::string_view name) const;
};

/// Bounds of one call. What is above a limit ends the call; nothing is cut silently.
struct FetchLimits {
  std::uint64_t body_max =
      std::uint64_t{16} * 1024 * 1024;                ///< Bytes of the answer's body, decompressed.
  std::size_t head_max = std::size_t{64} * 1024;      ///< Bytes of all heads of one exchange.
  std::size_t fields_max = 200;                       ///< Lines of them.
  int redirects_max = 5;                              ///< 0: a redirect is the answer.
  std::chrono::milliseconds connect_timeout{10'000};  ///< Name, connection and TLS together.
  std::chrono::milliseconds idle_timeout{30'000};     ///< Without a byte either way.
  std::chrono::milliseconds total_timeout{120'000};  ///< All attempts; the context's may be sooner.
};

/// What to ask.
struct FetchRequest {
  Method method = Method::kGet;
  std::string url;
  /// Further fields. Host, Content-Length, Transfer-Encoding and Connection are the client's.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  /// The body where it is too large for memory; read in order, and again when the call is
  /// repeated. Not together with `body`.
  ByteView* upload = nullptr;
  /// Sees the head of the final answer before its body; an error ends the call with that error.
  std::function<Result<>(const FetchHead&)> on_head;
  /// Takes the body of the final answer, whatever its status, as it comes; while it works nothing
  /// more is read (back-pressure); an error ends the call with that error. Without one, the body
  /// is collected in the answer.
  std::function<Result<>(std::string_view)> on_body;
  /// Offer gzip, brotli, zstd and deflate, and undo them.
  bool decompress = true;
  FetchLimits limits;
  RetryPolicy retry;
};

struct FetchAnswer {
  FetchHead head;
  std::string body;  ///< Empty where `on_body` took it.
  std::string url;   ///< Where the answer came from, behind redirects.
  int attempts = 1;  ///< How often it was asked; redirects are not counted.
};

/// Asks other servers over HTTP. Any thread; several calls at a time.
///
/// Errors: "client.bad_url" and "client.bad_request" for what cannot be asked, "client.url_refused"
/// and "client.address_refused" for what may not be, "client.name_unknown",
/// "client.connect_failed", "client.tls_failed", "client.timed_out", "client.connection_lost",
/// "client.bad_answer", "client.answer_too_large", "client.too_many_redirects",
/// "client.redirect_refused", "client.too_many_calls", the context's own, and those of the
/// request's functions. A status is never an error.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Blocks until the whole answer has come, within the context; noticed cancellation ends it
  /// within 0.1 s.
  virtual Result<FetchAnswer> fetch(const CallContext& context, const FetchRequest& request) = 0;
};

}  // namespace sotto::http
