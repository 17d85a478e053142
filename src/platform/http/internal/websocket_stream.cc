#include "platform/http/internal/websocket_stream.h"

#include <utility>

#include "base/text.h"

namespace sotto::http::internal {
namespace {

using Kind = FrameReader::Kind;

constexpr std::size_t kInputMax = std::size_t{16} << 10;
constexpr std::size_t kOutMax = std::size_t{64} << 10;  // Then it is sent before more is made.

}  // namespace

std::unique_ptr<WebSocketStream> WebSocketStream::open(WebSocketUpgrade upgrade,
                                                       WebSocketCodecs& codecs, Waker wake) {
  std::unique_ptr<WebSocketStream> stream(
      new WebSocketStream(std::move(upgrade), codecs, std::move(wake)));
  stream->handler_->on_open(stream->queue_);
  return stream;
}

WebSocketStream::WebSocketStream(WebSocketUpgrade upgrade, WebSocketCodecs& codecs, Waker wake)
    : options_(std::move(upgrade.options)),
      deflate_window_bits_(upgrade.deflate_window_bits),
      codecs_(codecs),
      handler_(std::move(upgrade.handler)),
      queue_(std::make_shared<WebSocketQueue>(
          WebSocketQueue::Limits{.bytes_max = options_.queue_bytes_max,
                                 .count_max = options_.queue_count_max,
                                 .close_when_full = options_.close_when_full},
          std::move(upgrade.protocol), std::move(wake))),
      reader_({.message_max = options_.message_max,
               .frame_count_max = options_.frame_count_max,
               .compression = deflate_window_bits_ > 0}) {}

WebSocketStream::~WebSocketStream() { queue_->detach(); }

void WebSocketStream::send_message(std::string& out, const WebSocketQueue::Message& message) {
  const Opcode opcode = message.is_text ? Opcode::kText : Opcode::kBinary;
  const std::size_t size = message.payload.size();
  std::string compressed;
  if (deflate_window_bits_ > 0 && size >= options_.compress_min && size <= options_.compress_max &&
      codecs_.compress(message.payload, deflate_window_bits_, compressed))
    append_frame(out, opcode, compressed, true);
  else
    append_frame(out, opcode, message.payload);
}

void WebSocketStream::send_close(std::string& out, std::uint16_t code, std::string_view reason) {
  append_frame(out, Opcode::kClose, close_payload(code, reason));
  close_sent_ = true;
  queue_->shut();
}

void WebSocketStream::produce(std::string& out) {
  if (close_sent_) return;
  if (ended_) {
    send_close(out, ended_->code, ended_->reason);
    return;
  }
  if (const auto pong = std::exchange(pong_due_, std::nullopt))
    append_frame(out, Opcode::kPong, *pong);
  if (std::exchange(ping_due_, false)) append_frame(out, Opcode::kPing, {});
  while (out.size() < kOutMax) {
    const auto message = queue_->pop();
    if (!message) break;
    send_message(out, *message);
  }
  if (const auto close = queue_->wanted_close()) {
    send_close(out, close->code, close->reason);
  } else if (queue_->became_writable()) {
    handler_->on_writable();
  }
}

std::size_t WebSocketStream::input_max() const {
  return queue_->is_paused() && !close_sent_ ? 0 : kInputMax;
}

bool WebSocketStream::consume(ReadBuffer& in) {
  heard_ = true;
  if (ended_) {  // Whatever follows a close has no meaning.
    in.consume(in.bytes().size());
    return false;
  }
  FrameReader::Found found = reader_.feed(in.bytes());
  in.consume(found.consumed);
  switch (found.kind) {
    case Kind::kNothing:
      return false;
    case Kind::kMessage:
      message_began_.reset();
      receive_message(found);
      return true;
    case Kind::kPing:
      pong_due_ = std::move(found.payload);
      return true;
    case Kind::kPong:
      return true;
    case Kind::kClose:
      ended_ = {.code = found.code, .reason = std::move(found.payload)};
      return true;
    case Kind::kBroken:
      refuse(found.code, std::move(found.payload));
      return true;
  }
  return true;
}

void WebSocketStream::receive_message(FrameReader::Found& found) {
  if (found.compressed) {
    auto message = codecs_.decompress(found.payload, options_.message_max);
    if (!message) {
      const bool large = message.error().code() == ErrorCode::kTooLarge;
      refuse(large ? kCloseTooLarge : kCloseBadData, message.error().message());
      return;
    }
    found.payload = std::move(*message);
    if (found.is_text && !is_utf8(found.payload)) {
      refuse(kCloseBadData, "The text is not UTF-8.");
      return;
    }
  }
  if (!queue_->is_open()) return;  // It was closed by us: nobody waits for messages any more.
  if (found.is_text)
    handler_->on_text(found.payload);
  else
    handler_->on_binary(found.payload);
}

void WebSocketStream::refuse(std::uint16_t code, std::string reason) {
  ended_ = {.code = code, .reason = std::move(reason)};
}

Stream::State WebSocketStream::state() const {
  if (cut_) return State::kCut;
  return close_sent_ && ended_ ? State::kClose : State::kOpen;
}

bool WebSocketStream::sweep(TimePoint now) {
  if (std::exchange(heard_, false) || queue_->is_paused()) {
    heard_at_ = now;
    pinged_at_.reset();
  }
  if (close_sent_) {
    if (!close_began_) close_began_ = now;
    cut_ = now - *close_began_ > options_.close_timeout;
    return cut_;
  }
  if (queue_->is_paused() || !reader_.is_in_message()) {
    message_began_.reset();
  } else if (!message_began_) {
    message_began_ = now;
  } else if (now - *message_began_ > options_.message_timeout) {
    refuse(kClosePolicy, "The message came too slowly.");
    return true;
  }
  return check_liveness(now);
}

bool WebSocketStream::check_liveness(TimePoint now) {
  if (pinged_at_) {
    cut_ = now - *pinged_at_ > options_.pong_timeout;
    return cut_;
  }
  if (now - heard_at_ < options_.ping_interval) return false;
  pinged_at_ = now;
  ping_due_ = true;
  return true;
}

void WebSocketStream::drain() { queue_->close(kCloseGoingAway, "The server stops."); }

void WebSocketStream::end(bool /*complete*/) {
  queue_->shut();
  queue_->detach();
  if (ended_)
    handler_->on_close(ended_->code, ended_->reason);
  else
    handler_->on_close(kCloseAbnormal, {});
}

}  // namespace sotto::http::internal
