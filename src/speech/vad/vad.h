#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/context.h"
#include "base/result.h"

namespace sotto::vad {

/// What the detectors take: 16 kHz, mono, full scale at +-1.
inline constexpr std::int64_t kSampleRate = 16'000;

/// Says of one window of sound after the other how likely somebody speaks in it. Carries state from
/// window to window: one object a stream, one thread at a time.
class Vad {
 public:
  virtual ~Vad() = default;

  /// Forgets the stream so far; the next window is the first of another.
  virtual void reset() = 0;

  /// How many samples score() takes; constant.
  virtual std::size_t window_samples() const = 0;

  /// The probability of speech, 0 to 1, in the next window of exactly window_samples() finite
  /// samples. Computes for about 0.1 ms. Errors: the context's, "infer.run_failed".
  virtual Result<float> score(const CallContext& context, std::span<const float> window) = 0;
};

}  // namespace sotto::vad
