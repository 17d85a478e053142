#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "platform/http/stream_end.h"

namespace sotto {
class CallContext;
}

namespace sotto::http {

namespace internal {
class OutputChannel;
class ChannelStream;
}  // namespace internal

struct BodyChannelOptions {
  std::size_t bytes_max = std::size_t{256} << 10;  ///< Waiting to be sent.
  /// Told once how it ended; on an I/O thread, so it must not block. It must not hold the channel,
  /// which holds it.
  std::function<void(StreamEnd)> on_end;
};

/// The body of an answer that is made over time, of a length that nobody knows yet: an export,
/// results as they come. The handler gives it to Response::streamed() and to whoever makes the
/// bytes, on any thread. It is sent chunked; to HTTP/1.0 until the connection closes.
///
/// A body that is not end()ed is cut, so that the client sees that something is missing: by fail(),
/// and by dropping the last reference.
class BodyChannel {
 public:
  static std::shared_ptr<BodyChannel> create(BodyChannelOptions options = {});
  ~BodyChannel();
  BodyChannel(const BodyChannel&) = delete;
  BodyChannel& operator=(const BodyChannel&) = delete;

  /// Waits for room, within the context's deadline and stop. "http.stream_ended" once the client
  /// has left. Never from an I/O thread.
  Result<> write(const CallContext& context, std::string_view bytes);
  /// Without waiting: "http.stream_full" (kOverloaded) where there is no room; nothing is kept.
  /// What is larger than the whole channel is never taken.
  Result<> try_write(std::string_view bytes);
  /// All was written.
  void end();
  /// The rest cannot be made.
  void fail();
  bool is_open() const;

 private:
  friend class internal::ChannelStream;
  explicit BodyChannel(BodyChannelOptions options);

  const std::shared_ptr<internal::OutputChannel> channel_;
  BodyChannelOptions options_;
};

}  // namespace sotto::http
