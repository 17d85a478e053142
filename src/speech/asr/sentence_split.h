#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "speech/asr/types.h"

namespace sotto::asr {

/// A stretch of tokens with its place in the sound.
struct SentenceSpan {
  std::size_t token_begin = 0;
  std::size_t token_end = 0;
  std::size_t start_sample = 0;
  std::size_t end_sample = 0;

  bool operator==(const SentenceSpan&) const = default;
};

struct SentenceSplitOptions {
  /// Shorter sentences stay with the next one: "Yes. Yes, he's in." is one line of a transcript.
  std::size_t sentence_samples_min = 2 * kSampleRate;
  /// How far from its estimated place a sentence's end may be moved to meet a pause.
  std::size_t snap_samples_max = 3 * kSampleRate / 2;
};

/// Splits a hypothesis at the ends of its sentences and places them in time.
///
/// The models give no word times. Within speech, letters pass at a nearly even rate: a sentence's
/// end is estimated by its share of the letters in the speech heard, then moved to the nearest
/// pause. `pieces` are the tokens' texts; `speech` may be empty (the whole is speech then).
std::vector<SentenceSpan> split_sentences(std::span<const std::string_view> pieces,
                                          std::span<const SpeechSpan> speech,
                                          std::size_t sample_count,
                                          const SentenceSplitOptions& options = {});

}  // namespace sotto::asr
