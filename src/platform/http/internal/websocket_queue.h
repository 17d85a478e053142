#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "platform/http/internal/stream.h"
#include "platform/http/websocket.h"

namespace sotto::http::internal {

/// A session as its users see it: the messages and wishes on their way to the I/O thread. Any
/// thread.
class WebSocketQueue final : public WebSocketSession {
 public:
  struct Limits {
    std::size_t bytes_max;
    std::size_t count_max;
    bool close_when_full;
  };
  struct Message {
    bool is_text = false;
    std::string payload;
  };
  struct Close {
    std::uint16_t code = kCloseNormal;
    std::string reason;
  };

  WebSocketQueue(const Limits& limits, std::string protocol, Waker wake);

  Result<> send_text(std::string text) override;
  Result<> send_binary(std::string bytes) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void pause_reading() override;
  void resume_reading() override;
  std::size_t queued_bytes() const override;
  const std::string& protocol() const override { return protocol_; }

  // What follows is the stream's.
  /// The oldest message.
  std::optional<Message> pop();
  /// What close() asked for, once no message is left before it.
  std::optional<Close> wanted_close() const;
  bool is_open() const;
  bool is_paused() const;
  /// Whether on_writable() is due; says so once.
  bool became_writable();
  /// Nothing is taken any more, and nothing waits.
  void shut();
  /// Behind it the waker is not called.
  void detach();

 private:
  Result<> send(Message message);
  void request_close(std::uint16_t code, std::string_view reason) SOTTO_REQUIRES(mutex_);
  void wake() SOTTO_REQUIRES(mutex_);

  const Limits limits_;
  const std::string protocol_;
  mutable Mutex mutex_;
  Waker wake_ SOTTO_GUARDED_BY(mutex_);
  bool woken_ SOTTO_GUARDED_BY(mutex_) = false;
  std::deque<Message> messages_ SOTTO_GUARDED_BY(mutex_);
  std::size_t bytes_ SOTTO_GUARDED_BY(mutex_) = 0;
  std::optional<Close> close_ SOTTO_GUARDED_BY(mutex_);
  bool shut_ SOTTO_GUARDED_BY(mutex_) = false;
  bool paused_ SOTTO_GUARDED_BY(mutex_) = false;
  bool refused_ SOTTO_GUARDED_BY(mutex_) = false;
};

}  // namespace sotto::http::internal
