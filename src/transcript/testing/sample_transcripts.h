#pragma once

#include <cstdint>
#include <string>

#include "transcript/types.h"

namespace sotto::transcript::testing {

/// Builds a transcript in one expression:
///   TranscriptBuilder().language("en").speaker("S1", "Ann").segment(0, 1500, "Hello.").build()
class TranscriptBuilder {
 public:
  TranscriptBuilder& language(std::string language);
  TranscriptBuilder& speaker(std::string id, std::string name);
  /// Appends a segment; the duration grows with it.
  TranscriptBuilder& segment(Milliseconds start_ms, Milliseconds end_ms, std::string text);
  /// These change the segment appended last.
  TranscriptBuilder& spoken_by(std::string speaker_id);
  TranscriptBuilder& on_channel(int channel);
  TranscriptBuilder& in_language(std::string language);
  /// Words of equal length in time out of the text, with the ids that come next.
  TranscriptBuilder& with_words();
  Transcript build() const { return transcript_; }

 private:
  Transcript transcript_;
  std::uint64_t next_word_id_ = 1;
};

/// Every field of every type in use, with characters that formats must escape.
Transcript full_transcript();

struct RandomOptions {
  int segments_max = 40;
  bool may_overlap = false;  ///< Segments that start before the one in front of them ends.
  bool has_cjk = false;      ///< Some segments without spaces.
};

/// A valid transcript out of a seed: the same everywhere, since it uses no library distribution.
Transcript random_transcript(std::uint64_t seed, const RandomOptions& options = {});

}  // namespace sotto::transcript::testing
