#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "platform/http/body_channel.h"
#include "platform/http/events.h"
#include "platform/http/internal/output_channel.h"
#include "platform/http/internal/stream.h"

namespace sotto::http::internal {

/// Sends what comes out of a channel: server-sent events, or a body of unknown length.
class ChannelStream final : public Stream {
 public:
  ChannelStream(EventChannel& events, bool chunked, Waker wake);
  ChannelStream(BodyChannel& body, bool chunked, Waker wake);
  ~ChannelStream() override;
  ChannelStream(const ChannelStream&) = delete;
  ChannelStream& operator=(const ChannelStream&) = delete;

  void produce(std::string& out) override;
  bool consume(ReadBuffer& in) override;
  std::size_t input_max() const override;
  State state() const override;
  bool sweep(TimePoint now) override;
  void drain() override;
  void end(bool complete) override;

  /// For answers that are never sent.
  static void abandon(EventChannel& events);
  static void abandon(BodyChannel& body);

 private:
  void send(std::string& out, std::string_view bytes);

  const std::shared_ptr<OutputChannel> channel_;
  const std::function<void(StreamEnd)> on_end_;
  const bool chunked_;
  const bool is_events_;
  const std::chrono::milliseconds heartbeat_;
  TimePoint sent_{};           // About when something was last made.
  bool sent_anything_ = true;  // Since the last sweep.
  bool heartbeat_due_ = false;
  bool finished_ = false;  // The last chunk was made.
  bool drained_ = false;
};

}  // namespace sotto::http::internal
