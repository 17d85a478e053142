#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "speech/vad/vad.h"

namespace sotto::vad {

/// Somebody speaks from one sample of the stream up to before another.
struct SpeechInterval {
  std::int64_t start_sample = 0;
  std::int64_t end_sample = 0;

  std::int64_t length() const { return end_sample - start_sample; }
  bool operator==(const SpeechInterval&) const = default;
};

/// From probabilities to intervals. Lengths in samples of 16 kHz.
struct SpeechPolicyOptions {
  /// A window at least this likely starts an interval, and ends a silence within one.
  float start_probability = 0.5F;
  /// A window below this starts a silence; in between nothing changes, so that one hesitant window
  /// does not tear a word.
  float end_probability = 0.35F;
  /// Shorter intervals are clicks: four windows, the "oh" of a hurried speaker.
  std::int64_t speech_samples_min = std::int64_t{4} * 512;
  /// Shorter silences belong to the speech around them (stop consonants, breaths).
  std::int64_t silence_samples_min = kSampleRate / 5;
  /// Added at both ends where there is room; at most silence_samples_min.
  std::int64_t padding_samples = kSampleRate / 10;
  /// Longer intervals are cut where speech was least likely in their second half.
  std::int64_t interval_samples_max = 20 * kSampleRate;
};

/// "vad.policy_options" naming the first value that makes no sense.
Result<> validate(const SpeechPolicyOptions& options);

/// Hears window after window and says where speech is. Pure: no model, no sound, no clock; one
/// stream; memory bounded by interval_samples_max. Intervals come in order and do not overlap.
class SpeechPolicy {
 public:
  /// Options must have been validated.
  SpeechPolicy(const SpeechPolicyOptions& options, std::size_t window_samples);

  /// One window more: its probability, and its mean square as the tie-break for cuts. What is
  /// finished by it is appended to `finished`.
  void push(float probability, float energy, std::vector<SpeechInterval>& finished);

  /// The stream ended after `sample_count` samples; nothing may be pushed any more.
  void finish(std::int64_t sample_count, std::vector<SpeechInterval>& finished);

  /// No interval to come starts before this sample.
  std::int64_t settled_sample() const;

  /// True while an interval is open.
  bool is_speaking() const { return open_start_.has_value(); }

 private:
  struct Window {
    float probability;
    float energy;
  };

  void close(std::int64_t end, std::int64_t limit, std::vector<SpeechInterval>& finished);
  void cut(std::vector<SpeechInterval>& finished);

  SpeechPolicyOptions options_;
  std::int64_t window_samples_;
  std::int64_t position_ = 0;  // Samples heard.
  std::int64_t last_end_ = 0;  // End of the last interval given out, with its padding.
  std::optional<std::int64_t> open_start_;
  std::optional<std::int64_t> silence_start_;
  std::vector<Window> open_windows_;  // Those of the open interval.
};

}  // namespace sotto::vad
