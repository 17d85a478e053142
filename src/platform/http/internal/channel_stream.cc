#include "platform/http/internal/channel_stream.h"

#include <array>
#include <charconv>
#include <utility>

namespace sotto::http::internal {
namespace {

using Channel = OutputChannel::State;

/// What a client may send ahead while its answer is being made: nothing that it needs.
constexpr std::size_t kInputMax = 4096;
constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace

ChannelStream::ChannelStream(EventChannel& events, bool chunked, Waker wake)
    : channel_(events.channel_),
      on_end_(events.options_.on_end),
      chunked_(chunked),
      is_events_(true),
      heartbeat_(events.options_.heartbeat) {
  channel_->attach(std::move(wake));
}

ChannelStream::ChannelStream(BodyChannel& body, bool chunked, Waker wake)
    : channel_(body.channel_),
      on_end_(body.options_.on_end),
      chunked_(chunked),
      is_events_(false),
      heartbeat_(0) {
  channel_->attach(std::move(wake));
}

ChannelStream::~ChannelStream() { channel_->detach(); }

void ChannelStream::send(std::string& out, std::string_view bytes) {
  if (chunked_) {
    std::array<char, 20> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    out.append(digits.data(), end).append("\r\n");
  }
  out.append(bytes);
  if (chunked_) out.append("\r\n");
  sent_anything_ = true;
}

void ChannelStream::produce(std::string& out) {
  if (finished_) return;
  // The state before the bytes: what is pushed between the two is sent, not lost.
  const Channel channel = channel_->state();
  std::string bytes;
  channel_->take(bytes);
  if (bytes.empty() && std::exchange(heartbeat_due_, false) && channel == Channel::kOpen)
    bytes = kHeartbeat;
  if (!bytes.empty()) send(out, bytes);
  if (channel != Channel::kEnded) return;
  finished_ = true;
  if (chunked_) out.append("0\r\n\r\n");
}

bool ChannelStream::consume(ReadBuffer& /*in*/) { return false; }

std::size_t ChannelStream::input_max() const { return kInputMax; }

Stream::State ChannelStream::state() const {
  switch (channel_->state()) {
    case Channel::kOpen:
      return State::kOpen;
    case Channel::kEnded:
      if (!finished_) return State::kOpen;
      return is_events_ || !chunked_ ? State::kClose : State::kComplete;
    case Channel::kFailed:
    case Channel::kOverrun:
    case Channel::kGone:
      return State::kCut;
  }
  return State::kCut;
}

bool ChannelStream::sweep(TimePoint now) {
  if (std::exchange(sent_anything_, false)) sent_ = now;
  if (heartbeat_.count() == 0 || now - sent_ < heartbeat_) return false;
  heartbeat_due_ = true;
  return true;
}

void ChannelStream::drain() {
  // A body is a request in flight, and has the time of one. Events never end by themselves.
  if (!is_events_) return;
  drained_ = channel_->state() == Channel::kOpen;
  channel_->finish(Channel::kEnded);
}

void ChannelStream::end(bool complete) {
  channel_->detach();
  const Channel channel = channel_->state();
  channel_->finish(Channel::kGone);
  if (!on_end_) return;
  if (channel == Channel::kOverrun)
    on_end_(StreamEnd::kTooSlow);
  else if (channel == Channel::kFailed)
    on_end_(StreamEnd::kFailed);
  else if (drained_)
    on_end_(StreamEnd::kServerStops);
  else
    on_end_(complete ? StreamEnd::kFinished : StreamEnd::kClientLeft);
}

void ChannelStream::abandon(EventChannel& events) {
  events.channel_->finish(Channel::kGone);
  if (events.options_.on_end) events.options_.on_end(StreamEnd::kClientLeft);
}

void ChannelStream::abandon(BodyChannel& body) {
  body.channel_->finish(Channel::kGone);
  if (body.options_.on_end) body.options_.on_end(StreamEnd::kClientLeft);
}

}  // namespace sotto::http::internal
