#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "speech/vad/vad.h"

namespace sotto::vad {

/// Takes loudness for speech: the probability of a window is its greatest absolute sample. Small
/// windows, so that tests can be small.
class FakeVad final : public Vad {
 public:
  static constexpr std::size_t kWindow = 100;

  void reset() override {}
  std::size_t window_samples() const override { return kWindow; }
  Result<float> score(const CallContext& context, std::span<const float> window) override {
    SOTTO_TRY(context.check());
    float loudest = 0;
    for (const float sample : window) loudest = std::max(loudest, std::abs(sample));
    return std::min(loudest, 1.0F);
  }
};

}  // namespace sotto::vad
