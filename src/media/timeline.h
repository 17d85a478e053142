#pragma once

#include <cstdint>
#include <optional>

namespace sotto::media {

/// What to do with a frame so that samples stay on the container's clock.
struct Placement {
  enum class Kind : std::uint8_t {
    kFollows,      ///< Right behind the samples so far.
    kSilence,      ///< `us` microseconds of silence come first.
    kTrim,         ///< Its first `us` microseconds were there already.
    kGapTooLong,   ///< The silence before it would exceed kGapMax.
    kGapsTooLong,  ///< All silence together would exceed kGapTotalMax.
  };
  Kind kind = Kind::kFollows;
  std::int64_t us = 0;
};

/// Follows the container's clock through a stream of frames. Pure arithmetic in microseconds.
///
/// Timestamps are coarse (a millisecond in Matroska, a packet in ASF), while the number of samples
/// is exact: so frames are laid end to end, and a timestamp is only believed over the count once
/// they differ by more than kJitterMax. A clock that jumps back by more than kOverlapMax has
/// restarted (chained streams, joined recordings): what follows is laid behind what was there.
class Timeline {
 public:
  /// More than any container's rounding, less than a listener or a subtitle notices.
  static constexpr std::int64_t kJitterMax = 40'000;
  static constexpr std::int64_t kOverlapMax = 1'000'000;
  /// Longer silence is a broken clock, not a pause: it would only make hours of nothing.
  static constexpr std::int64_t kGapMax = std::int64_t{10} * 60 * 1'000'000;
  /// A megabyte of packets, each nine minutes late, would otherwise become years of silence.
  static constexpr std::int64_t kGapTotalMax = std::int64_t{24} * 3600 * 1'000'000;

  /// `start_us` from the container's start, none where the frame has no timestamp. Call follow()
  /// with its length next.
  Placement place(std::optional<std::int64_t> start_us);
  /// `count` samples at `rate` of a frame were laid down, after what place() asked for.
  void follow(std::int64_t count, int rate);
  /// Something was lost: the next timestamp is believed to the millisecond.
  void lost_something() { exact_ = true; }

  /// Where the next sample goes.
  std::int64_t end_us() const;
  std::uint64_t restart_count() const { return restart_count_; }

 private:
  void rebase(std::int64_t at_us);

  std::int64_t base_us_ = 0;
  std::int64_t count_ = 0;  // Samples since base_us_, at rate_.
  int rate_ = 1;
  std::int64_t shift_us_ = 0;  // Added to every timestamp since the clock restarted.
  std::int64_t gap_total_us_ = 0;
  bool exact_ = true;  // The first frame's place is exact: nothing is there to jitter from.
  std::uint64_t restart_count_ = 0;
};

}  // namespace sotto::media
