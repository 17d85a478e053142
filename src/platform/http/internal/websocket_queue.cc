#include "platform/http/internal/websocket_queue.h"

#include <utility>

#include "base/text.h"
#include "platform/http/internal/websocket_frames.h"

namespace sotto::http::internal {

WebSocketQueue::WebSocketQueue(const Limits& limits, std::string protocol, Waker wake)
    : limits_(limits), protocol_(std::move(protocol)), wake_(std::move(wake)) {}

Result<> WebSocketQueue::send_text(std::string text) {
  if (!is_utf8(text))
    return Error(ErrorCode::kInvalidArgument, "http.bad_message", "A text must be UTF-8.");
  return send({.is_text = true, .payload = std::move(text)});
}

Result<> WebSocketQueue::send_binary(std::string bytes) {
  return send({.payload = std::move(bytes)});
}

Result<> WebSocketQueue::send(Message message) {
  const std::size_t size = message.payload.size();
  if (size > limits_.bytes_max)
    return Error(ErrorCode::kTooLarge, "http.message_too_large",
                 "No message above " + std::to_string(limits_.bytes_max) + " bytes is sent here.");
  const MutexLock lock(mutex_);
  if (shut_ || close_)
    return Error(ErrorCode::kUnavailable, "http.websocket_closed", "The WebSocket is closed.");
  if (messages_.size() >= limits_.count_max || size > limits_.bytes_max - bytes_) {
    refused_ = true;
    if (limits_.close_when_full) {
      messages_.clear();
      bytes_ = 0;
      request_close(kCloseTryAgainLater, "The client is too slow.");
    }
    return Error(ErrorCode::kOverloaded, "http.websocket_full",
                 "The client takes what it is sent too slowly.");
  }
  bytes_ += size;
  messages_.push_back(std::move(message));
  wake();
  return {};
}

void WebSocketQueue::close(std::uint16_t code, std::string_view reason) {
  if (!is_close_code(code)) {
    (void)SOTTO_BUG("A WebSocket was closed with a code that may not be sent.");
    code = kCloseInternalError;
  }
  const MutexLock lock(mutex_);
  request_close(code, reason);
}

void WebSocketQueue::request_close(std::uint16_t code, std::string_view reason) {
  if (shut_ || close_) return;
  close_ = Close{.code = code, .reason = std::string(reason)};
  woken_ = false;
  wake();
}

void WebSocketQueue::pause_reading() {
  const MutexLock lock(mutex_);
  paused_ = true;
}

void WebSocketQueue::resume_reading() {
  const MutexLock lock(mutex_);
  if (!std::exchange(paused_, false)) return;
  woken_ = false;
  wake();
}

std::size_t WebSocketQueue::queued_bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

// Under the lock, so that nothing is woken after detach(): the loop that is woken may be gone then.
void WebSocketQueue::wake() {
  if (!wake_ || std::exchange(woken_, true)) return;
  wake_();
}

std::optional<WebSocketQueue::Message> WebSocketQueue::pop() {
  const MutexLock lock(mutex_);
  woken_ = false;
  if (messages_.empty()) return std::nullopt;
  Message message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.payload.size();
  return message;
}

std::optional<WebSocketQueue::Close> WebSocketQueue::wanted_close() const {
  const MutexLock lock(mutex_);
  return messages_.empty() ? close_ : std::nullopt;
}

bool WebSocketQueue::is_open() const {
  const MutexLock lock(mutex_);
  return !shut_ && !close_;
}

bool WebSocketQueue::is_paused() const {
  const MutexLock lock(mutex_);
  return paused_;
}

bool WebSocketQueue::became_writable() {
  const MutexLock lock(mutex_);
  if (!refused_ || close_ || shut_ || bytes_ > limits_.bytes_max / 2 ||
      messages_.size() > limits_.count_max / 2)
    return false;
  refused_ = false;
  return true;
}

void WebSocketQueue::shut() {
  const MutexLock lock(mutex_);
  shut_ = true;
  messages_ = {};
  bytes_ = 0;
}

void WebSocketQueue::detach() {
  const MutexLock lock(mutex_);
  wake_ = nullptr;
}

}  // namespace sotto::http::internal
