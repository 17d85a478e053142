#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "speech/vad/speech_detector.h"

namespace sotto::vad {

/// How speech is grouped for a recognizer. Lengths in samples of 16 kHz.
struct SegmenterOptions {
  SpeechPolicyOptions policy{.padding_samples = 0};
  /// Longer groups are cut at their best pause. 20 s rather than 28: 74 errors instead of 77 on the
  /// 110 utterances, 28 instead of 35 on the videos, 490 MB at the peak instead of 660.
  std::int64_t segment_samples_max = 20 * kSampleRate;
  /// Where a cut is looked for: not before this, or the crumbs lose their context.
  std::int64_t segment_samples_min = 8 * kSampleRate;
  /// The first segment of a long recording is short, so that its words come soon.
  std::int64_t first_samples_max = 7 * kSampleRate;
  std::int64_t first_samples_min = 2 * kSampleRate;
  /// A pause this long always ends a segment: nobody's sentence goes on after it.
  std::int64_t pause_samples_max = 3 * kSampleRate;
  /// Sound kept around the speech, at most half of a pause between two segments. Errors on 110
  /// LibriSpeech utterances and 16 noisy ones: 0.25 s 78 and 16, 0.5 s 79 and 17, 1 s 77 and 15
  /// (the whole files: 77 and 15).
  std::int64_t padding_samples = kSampleRate;
};

/// "vad.segmenter_options" naming the first value that makes no sense, or "vad.policy_options".
Result<> validate(const SegmenterOptions& options);

/// Sound with speech in it, ready for a recognizer.
struct SpeechSegment {
  std::int64_t start_sample = 0;  ///< In the stream.
  std::vector<float> samples;
  /// Where the speech is, in samples of the stream; at least one.
  std::vector<SpeechInterval> speech;
};

/// A stream of PCM in, segments of some seconds to half a minute out, in order and never
/// overlapping. Neighbouring intervals of speech are kept together, because recognizers do best on
/// whole utterances; what is cut is cut at a pause. Memory is bounded by two longest segments.
/// One stream, one thread at a time.
class Segmenter {
 public:
  /// Takes the detector over and resets it.
  static Result<Segmenter> create(std::unique_ptr<Vad> vad, const SegmenterOptions& options = {});

  /// The next samples; appends the segments that are complete. Errors: those of Vad::score.
  Result<> push(const CallContext& context, std::span<const float> samples,
                std::vector<SpeechSegment>& complete);

  /// The end of the stream: appends what is left.
  Result<> finish(const CallContext& context, std::vector<SpeechSegment>& complete);

  /// No segment to come starts before this sample.
  std::int64_t settled_sample() const;

 private:
  Segmenter(SpeechDetector detector, const SegmenterOptions& options);
  void take(const SpeechInterval& interval, std::vector<SpeechSegment>& complete);
  std::size_t best_cut() const;
  std::int64_t span_samples() const;
  void emit(std::size_t interval_count, std::vector<SpeechSegment>& complete);
  void forget();

  SegmenterOptions options_;
  SpeechDetector detector_;
  std::vector<float> sound_;  // From sound_start_ to what was heard last.
  std::int64_t sound_start_ = 0;
  std::int64_t emitted_end_ = 0;
  bool is_first_ = true;
  std::vector<SpeechInterval> group_;  // Speech that waits to be given out.
  std::vector<SpeechInterval> found_;  // Scratch of push().
};

}  // namespace sotto::vad
