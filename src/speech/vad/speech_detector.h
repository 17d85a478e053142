#pragma once

#include <memory>
#include <span>
#include <vector>

#include "speech/vad/speech_policy.h"
#include "speech/vad/vad.h"

namespace sotto::vad {

/// A stream of PCM in, intervals of speech out: a Vad and a SpeechPolicy put together. Bounded
/// memory; one stream, one thread at a time.
class SpeechDetector {
 public:
  /// Takes the detector over and resets it. "vad.policy_options".
  static Result<SpeechDetector> create(std::unique_ptr<Vad> vad,
                                       const SpeechPolicyOptions& options = {});

  /// The next samples of the stream, any count; samples that are not finite count as 0. Appends
  /// the intervals that they finish. Errors: those of Vad::score; the stream cannot go on then.
  Result<> push(const CallContext& context, std::span<const float> samples,
                std::vector<SpeechInterval>& finished);

  /// The end of the stream: appends what was still open.
  Result<> finish(const CallContext& context, std::vector<SpeechInterval>& finished);

  /// No interval to come starts before this sample.
  std::int64_t settled_sample() const { return policy_.settled_sample(); }
  bool is_speaking() const { return policy_.is_speaking(); }

 private:
  SpeechDetector(std::unique_ptr<Vad> vad, const SpeechPolicyOptions& options);
  Result<> hear_window(const CallContext& context, std::vector<SpeechInterval>& finished);

  std::unique_ptr<Vad> vad_;
  SpeechPolicy policy_;
  std::vector<float> window_;  // Filled up to window_used_.
  std::size_t window_used_ = 0;
  std::int64_t sample_count_ = 0;
};

}  // namespace sotto::vad
