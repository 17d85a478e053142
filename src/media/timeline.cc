#include "media/timeline.h"

#include <algorithm>
#include <limits>

namespace sotto::media {
namespace {

constexpr std::int64_t kMicrosecond = 1'000'000;
constexpr std::int64_t kExactJitter = 1'000;  // A container's millisecond.
/// Beyond this a timestamp is nonsense, and sums of a few could overflow: about 36,000 years.
constexpr std::int64_t kTimestampMax = std::numeric_limits<std::int64_t>::max() / 8;

}  // namespace

std::int64_t Timeline::end_us() const {
  // Split so that days of samples times a million stay within 64 bits.
  return base_us_ + (count_ / rate_) * kMicrosecond + (count_ % rate_) * kMicrosecond / rate_;
}

void Timeline::rebase(std::int64_t at_us) {
  base_us_ = at_us;
  count_ = 0;
}

Placement Timeline::place(std::optional<std::int64_t> start_us) {
  if (!start_us) return {};
  const std::int64_t end = end_us();
  const std::int64_t start = std::clamp(*start_us, -kTimestampMax, kTimestampMax) + shift_us_;
  const std::int64_t ahead = start - end;
  const std::int64_t tolerated = exact_ ? kExactJitter : kJitterMax;
  exact_ = false;
  if (ahead > kGapMax) return {.kind = Placement::Kind::kGapTooLong, .us = ahead};
  if (ahead > tolerated) {
    if (gap_total_us_ + ahead > kGapTotalMax)
      return {.kind = Placement::Kind::kGapsTooLong, .us = gap_total_us_ + ahead};
    gap_total_us_ += ahead;
    rebase(start);
    return {.kind = Placement::Kind::kSilence, .us = ahead};
  }
  if (ahead < -kOverlapMax) {
    shift_us_ -= ahead;
    ++restart_count_;
    return {};
  }
  if (ahead < -kJitterMax) return {.kind = Placement::Kind::kTrim, .us = -ahead};
  return {};
}

void Timeline::follow(std::int64_t count, int rate) {
  if (rate != rate_) {
    rebase(end_us());
    rate_ = rate;
  }
  count_ += count;
}

}  // namespace sotto::media
