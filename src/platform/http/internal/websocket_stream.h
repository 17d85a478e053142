#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/http/internal/message_deflate.h"
#include "platform/http/internal/stream.h"
#include "platform/http/internal/websocket_frames.h"
#include "platform/http/internal/websocket_queue.h"
#include "platform/http/websocket.h"

namespace sotto::http::internal {

/// One WebSocket on its connection: frames in, frames out, pings, and the close from either side.
class WebSocketStream final : public Stream {
 public:
  /// Makes it and calls the handler's on_open().
  static std::unique_ptr<WebSocketStream> open(WebSocketUpgrade upgrade, WebSocketCodecs& codecs,
                                               Waker wake);
  ~WebSocketStream() override;
  WebSocketStream(const WebSocketStream&) = delete;
  WebSocketStream& operator=(const WebSocketStream&) = delete;

  void produce(std::string& out) override;
  bool consume(ReadBuffer& in) override;
  std::size_t input_max() const override;
  State state() const override;
  bool sweep(TimePoint now) override;
  void drain() override;
  void end(bool complete) override;

 private:
  WebSocketStream(WebSocketUpgrade upgrade, WebSocketCodecs& codecs, Waker wake);

  void send_message(std::string& out, const WebSocketQueue::Message& message);
  void send_close(std::string& out, std::uint16_t code, std::string_view reason);
  void receive_message(FrameReader::Found& found);
  /// Answers what the client may not send, and reads nothing of it any more.
  void refuse(std::uint16_t code, std::string reason);
  bool check_liveness(TimePoint now);

  const WebSocketOptions options_;
  const int deflate_window_bits_;
  WebSocketCodecs& codecs_;
  const std::unique_ptr<WebSocketHandler> handler_;
  const std::shared_ptr<WebSocketQueue> queue_;
  FrameReader reader_;

  std::optional<std::string> pong_due_;  // The latest ping's alone, as RFC 6455 §5.5.3 allows.
  bool ping_due_ = false;
  /// The end as the handler is told of it: the client's close, or what it was refused for.
  std::optional<WebSocketQueue::Close> ended_;
  bool close_sent_ = false;
  bool cut_ = false;

  bool heard_ = true;  // Since the last sweep.
  TimePoint heard_at_{};
  std::optional<TimePoint> pinged_at_;
  std::optional<TimePoint> message_began_;
  std::optional<TimePoint> close_began_;
};

}  // namespace sotto::http::internal
