#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/http/internal/read_buffer.h"
#include "platform/http/response.h"

namespace sotto::http::internal {

class WebSocketCodecs;

/// What goes over a connection behind the head of an answer whose end is not known yet: events, a
/// body that is made over time, a WebSocket. It makes and takes bytes; the connection moves them.
/// All on the thread of the connection's shard, and without a clock of its own.
class Stream {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class State : std::uint8_t {
    kOpen,
    kComplete,  ///< All was made: the connection takes the next request, where it may.
    kClose,     ///< ... the connection ends behind what was made.
    kCut,       ///< The connection ends at once, so that the client sees that something is missing.
  };

  virtual ~Stream() = default;

  /// Appends what is to be sent next, if there is anything. Called once all before it was sent.
  virtual void produce(std::string& out) = 0;
  /// Uses bytes from the front of `in`; false where it needs more of them.
  virtual bool consume(ReadBuffer& in) = 0;
  /// How many received bytes may wait in the buffer; 0 while nothing may be read.
  virtual std::size_t input_max() const = 0;
  virtual State state() const = 0;
  /// A few times a second; true where produce() may have something to say.
  virtual bool sweep(TimePoint now) = 0;
  /// The server stops.
  virtual void drain() = 0;
  /// Called last, and once. `complete`: all that was made was sent too.
  virtual void end(bool complete) = 0;
};

/// What a stream's other side calls when there is something to do. Any thread; must not block.
using Waker = std::function<void()>;

/// The stream of an answer; null where it is an ordinary one. Takes the answer's channel away.
std::unique_ptr<Stream> make_stream(Response& response, bool chunked, WebSocketCodecs& codecs,
                                    Waker wake);
/// Tells whoever feeds an answer that it will never be sent.
void abandon_stream(Response& response);

}  // namespace sotto::http::internal
