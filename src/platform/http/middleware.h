#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/http/rate_limiter.h"
#include "platform/http/request.h"
#include "platform/http/response.h"
#include "platform/http/router.h"

namespace sotto::http {

/// One request on its way through the server.
struct Exchange {
  Request request;
  const Route* route = nullptr;  ///< Null where none was found, or before the head could be read.
  std::chrono::steady_clock::time_point started;
  Response response;
  /// What was sent of the body, and what came.
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  std::optional<RateLimiter::Verdict> rate;  ///< What the rate limits said; nothing before them.
  /// The client left, or was too slow to take the whole answer.
  bool cut = false;
  /// Counted among the requests in flight.
  bool in_flight = false;
  /// The error behind an error answer, for the log; the client saw only its message.
  std::optional<Error> error;
};

/// Something that every request passes. The server calls the steps of its middleware in one order
/// (see standard_middleware.h) on the way in and in the opposite order on the way out. One object
/// serves all requests: it is called from many threads and keeps no state of a request.
class Middleware {
 public:
  virtual ~Middleware() = default;

  /// What on_head() decided.
  enum class Verdict : std::uint8_t {
    kContinue,
    kAnswer,  ///< exchange.response is the answer; no handler runs.
  };

  /// After the head was read and its route looked up, before its body is: on an I/O thread, so it
  /// must not block. An error is the answer.
  virtual Result<Verdict> on_head(Exchange& exchange);
  /// Before the handler, on its thread: it may block within its context where the route's handler
  /// may. An error is the answer.
  virtual Result<> on_request(const CallContext& context, Exchange& exchange);
  /// With the answer, on the thread that made it. Also for errors, a broken head's included.
  virtual void on_response(Exchange& exchange);
  /// After the last byte was sent or the client left, on an I/O thread.
  virtual void on_end(const Exchange& exchange);
};

}  // namespace sotto::http
