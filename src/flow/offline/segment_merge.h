#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "speech/asr/recognizer.h"
#include "transcript/types.h"

namespace sotto::offline {

/// A stretch of sound on its way through the recognizer.
struct PendingSegment {
  transcript::Milliseconds start_ms = 0;
  std::size_t channel = 0;
  std::shared_ptr<asr::Ticket> ticket;
};

/// Puts what is recognised on several channels into one order of time: a segment is given out once
/// no channel can still bring an earlier one. With one channel it is a plain queue. One thread.
class SegmentMerge {
 public:
  /// settle() with this: the channel brings nothing more.
  static constexpr transcript::Milliseconds kEnd =
      std::numeric_limits<transcript::Milliseconds>::max();

  explicit SegmentMerge(std::size_t channel_count);

  /// The pending segments of a channel come in order of time.
  void add(PendingSegment segment);
  /// Nothing that `channel` adds later starts before this.
  void settle(std::size_t channel, transcript::Milliseconds until_ms);

  /// Takes the results that are ready, without waiting. An error of any of them comes back.
  Result<> collect();
  /// Waits for the pending segment that starts first; there must be one.
  Result<> wait_earliest(const CallContext& context);

  /// The next segment in time, where it is decided.
  std::optional<transcript::Segment> next();

  std::size_t pending_count() const;
  /// Everything before this has been given out.
  transcript::Milliseconds done_ms() const;

 private:
  struct Channel {
    std::deque<PendingSegment> pending;
    std::deque<transcript::Segment> recognized;
    transcript::Milliseconds settled_ms = 0;

    /// Nothing that this channel still brings starts before.
    transcript::Milliseconds frontier_ms() const;
  };

  static Result<> take(const CallContext& context, Channel& channel);

  std::vector<Channel> channels_;
};

}  // namespace sotto::offline
