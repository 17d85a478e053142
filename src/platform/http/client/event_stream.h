#pragma once

#include <chrono>
#include <functional>

#include "platform/http/client/http_client.h"
#include "platform/http/client/sse.h"

namespace sotto::http {

struct EventStreamOptions {
  SseLimits limits;
  /// Waited before a connection is taken up again, until the stream asks for another time.
  std::chrono::milliseconds retry{3'000};
  std::chrono::milliseconds retry_max{60'000};  ///< Above what the stream asks for, this.
  /// Connections in a row that gave no event; then the last failure is the result.
  int failures_max = 5;
};

/// Reads a stream of server-sent events and takes it up again where it broke, until the context
/// ends or `on_event` gives false, which is success.
///
/// Each connection sends the last id in Last-Event-ID; the pauses between connections are what the
/// stream asked for, doubled with each failure in a row. 204 ends the stream for good: success. A
/// status other than 200 or another content type is "client.not_an_event_stream" and final; so are
/// the errors of the client that no repetition mends, and those of `on_event`. The request's own
/// `on_head`, `on_body` and body limit are replaced; its total time covers one connection.
Result<> stream_events(const CallContext& context, HttpClient& client, FetchRequest request,
                       const EventStreamOptions& options,
                       const std::function<Result<bool>(const StreamedEvent&)>& on_event);

}  // namespace sotto::http
