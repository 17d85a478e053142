#include "flow/offline/segment_merge.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace sotto::offline {

transcript::Milliseconds SegmentMerge::Channel::frontier_ms() const {
  if (!recognized.empty()) return recognized.front().start_ms;
  return pending.empty() ? settled_ms : pending.front().start_ms;
}

SegmentMerge::SegmentMerge(std::size_t channel_count) : channels_(channel_count) {
  SOTTO_CHECK(channel_count > 0);
}

void SegmentMerge::add(PendingSegment segment) {
  channels_[segment.channel].pending.push_back(std::move(segment));
}

void SegmentMerge::settle(std::size_t channel, transcript::Milliseconds until_ms) {
  channels_[channel].settled_ms = std::max(channels_[channel].settled_ms, until_ms);
}

Result<> SegmentMerge::take(const CallContext& context, Channel& channel) {
  SOTTO_ASSIGN(asr::Recognition recognition, channel.pending.front().ticket->wait(context));
  channel.pending.pop_front();
  for (transcript::Segment& segment : recognition.segments)
    channel.recognized.push_back(std::move(segment));
  return {};
}

Result<> SegmentMerge::collect() {
  // A wait that is already late answers at once: the result, or that there is none yet.
  const CallContext now(std::chrono::steady_clock::now(), std::stop_token());
  for (Channel& channel : channels_) {
    while (!channel.pending.empty()) {
      if (Result<> taken = take(now, channel); !taken) {
        if (taken.error().code() == ErrorCode::kDeadlineExceeded) break;
        return taken;
      }
    }
  }
  return {};
}

Result<> SegmentMerge::wait_earliest(const CallContext& context) {
  Channel* earliest = nullptr;
  for (Channel& channel : channels_) {
    if (channel.pending.empty()) continue;
    if (earliest == nullptr ||
        channel.pending.front().start_ms < earliest->pending.front().start_ms)
      earliest = &channel;
  }
  SOTTO_CHECK(earliest != nullptr);
  return take(context, *earliest);
}

std::optional<transcript::Segment> SegmentMerge::next() {
  // The lowest frontier is the earliest that can still come: given out only if it has come.
  const transcript::Milliseconds earliest_ms = done_ms();
  for (Channel& channel : channels_) {
    if (channel.recognized.empty() || channel.recognized.front().start_ms > earliest_ms) continue;
    transcript::Segment segment = std::move(channel.recognized.front());
    channel.recognized.pop_front();
    return segment;
  }
  return std::nullopt;
}

transcript::Milliseconds SegmentMerge::done_ms() const {
  transcript::Milliseconds done_ms = kEnd;
  for (const Channel& channel : channels_) done_ms = std::min(done_ms, channel.frontier_ms());
  return done_ms;
}

std::size_t SegmentMerge::pending_count() const {
  std::size_t count = 0;
  for (const Channel& channel : channels_) count += channel.pending.size();
  return count;
}

}  // namespace sotto::offline
