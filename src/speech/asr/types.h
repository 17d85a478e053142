#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transcript/types.h"

namespace sotto::asr {

/// What the recognizers take: 16 kHz, mono, full scale at +-1.
inline constexpr std::size_t kSampleRate = 16'000;

/// Whose turn comes first. A higher one never waits behind a lower one that has not started.
enum class Priority : std::uint8_t {
  kInteractive,  ///< Somebody waits at a microphone or a prompt.
  kNormal,       ///< Somebody waits for a file.
  kBackground,   ///< Nobody waits.
};
inline constexpr std::size_t kPriorityCount = 3;

/// How one segment is to be recognised.
struct DecodeOptions {
  Priority priority = Priority::kNormal;
  /// Opaque: segments with the same key take turns with those of other keys, so that one who sends
  /// a thousand does not keep the others waiting. Usually the account or the file.
  std::string fairness_key;
  /// BCP 47 tag of what is spoken; empty leaves it to the model.
  std::string language;
};

/// Where somebody speaks, in samples from the first sample of the segment that holds it.
struct SpeechSpan {
  std::size_t start_sample = 0;
  std::size_t end_sample = 0;

  bool operator==(const SpeechSpan&) const = default;
};

/// A stretch of sound to recognise as one, as the segmenter cut it.
struct AudioSegment {
  /// On the container's clock.
  transcript::Milliseconds start_ms = 0;
  transcript::Milliseconds end_ms = 0;
  /// 16 kHz mono; NaN and infinite samples count as 0, beyond +-1 is clipped.
  std::vector<float> samples;
  /// Channel of the source, from 0; none where the channels were mixed.
  std::optional<int> channel;
  /// Where the voice detector heard speech, in order; empty where nobody asked it. Places the
  /// sentences of a long segment in time; changes no word.
  std::vector<SpeechSpan> speech;
};

/// What the recognition of one segment cost, for metrics.
struct RecognitionStats {
  std::size_t token_count = 0;
  std::chrono::microseconds queued{0};
  std::chrono::microseconds encoding{0};
  std::chrono::microseconds decoding{0};
};

/// What became of one segment.
struct Recognition {
  /// In time order, one a sentence or the whole; empty where there are no words.
  std::vector<transcript::Segment> segments;
  RecognitionStats stats;
};

}  // namespace sotto::asr
