#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/http/request.h"
#include "platform/http/stream_end.h"

namespace sotto::http {

namespace internal {
class OutputChannel;
class ChannelStream;
}  // namespace internal

/// One server-sent event, as the HTML standard has them ("Server-sent events").
struct Event {
  std::string id;    ///< What a client that comes back names in Last-Event-ID; none where empty.
  std::string name;  ///< "message" to the client where empty.
  std::string data;  ///< Any text; its line ends (CR, LF, CRLF) arrive as LF.
  std::optional<std::chrono::milliseconds> retry;  ///< How long the client waits before it returns.
};

/// The event as it is sent. "http.bad_event" where id or name hold a line end or NUL, or where any
/// of it is not UTF-8.
Result<std::string> to_text(const Event& event);

/// The id of the last event that the client saw; empty where it names none.
/// "http.bad_last_event_id": above 256 bytes, not UTF-8, or with control characters.
Result<std::string> last_event_id(const Request& request);

struct EventChannelOptions {
  std::size_t bytes_max = std::size_t{64} << 10;  ///< Waiting to be sent; above: cut off.
  std::size_t count_max = 256;                    ///< Events that wait; above: cut off.
  /// Without an event for so long a comment is sent, since proxies close what is idle; 0: never.
  std::chrono::milliseconds heartbeat{15'000};
  /// Told once how it ended; on an I/O thread, so it must not block. It must not hold the channel,
  /// which holds it.
  std::function<void(StreamEnd)> on_end;
};

/// One client's stream of server-sent events. The route's handler creates it, gives it to
/// Response::event_stream() and to whoever publishes.
///
/// Any thread publishes; the connection's I/O thread sends. The queue is bounded: a client that is
/// too slow is cut off, so that it comes back with Last-Event-ID and the owner sends what it missed
/// from where that is kept. Dropping the last reference ends the stream.
class EventChannel {
 public:
  static std::shared_ptr<EventChannel> create(EventChannelOptions options = {});
  ~EventChannel();
  EventChannel(const EventChannel&) = delete;
  EventChannel& operator=(const EventChannel&) = delete;

  /// "http.bad_event", for one larger than the channel too; "http.stream_full" (kOverloaded) where
  /// the client is too slow: it is cut off; "http.stream_ended" once either side has ended it.
  Result<> publish(const Event& event);
  /// The same for a text of to_text(), made once for many clients.
  Result<> publish_text(std::string_view text);
  /// Sends what waits and closes. Clients come back at once unless they were told otherwise.
  void end();
  bool is_open() const;

 private:
  friend class internal::ChannelStream;
  explicit EventChannel(EventChannelOptions options);

  const std::shared_ptr<internal::OutputChannel> channel_;
  EventChannelOptions options_;
};

}  // namespace sotto::http
