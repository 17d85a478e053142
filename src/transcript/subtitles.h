#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "transcript/types.h"

namespace sotto::transcript {

/// How cues are laid out. The defaults are what broadcasters and Netflix ask for.
struct SubtitleOptions {
  int max_line_length = 42;        ///< Code points; 8 to 250.
  int max_lines = 2;               ///< Lines of one cue; 1 to 4.
  Milliseconds cue_ms_max = 7000;  ///< No cue is shown longer; 1,000 to 60,000.
  Milliseconds cue_ms_min = 1000;  ///< Shown at least so long where there is room; 0 to the most.

  bool operator==(const SubtitleOptions&) const = default;
};

/// Errors: "transcript.options_invalid", naming the option and its range.
Result<> validate(const SubtitleOptions& options);

/// What is shown at once.
struct Cue {
  Milliseconds start_ms = 0;
  Milliseconds end_ms = 0;         ///< Later than start_ms, and no later than the next cue starts.
  std::vector<std::string> lines;  ///< Never empty; no line is, and none holds a line break.
  std::optional<std::string> speaker;  ///< Speaker::id.
  std::string language;
  /// True where the first line has room for the label whose length add() was told.
  bool has_label_room = false;

  bool operator==(const Cue&) const = default;
};

/// Turns segments into cues, while segments become ready.
///
/// Feed segments in order of start_ms; each call gives the cues that nothing later can change (the
/// last cue waits for the next start). The layout: at most max_lines lines of max_line_length code
/// points; a word longer than a line stands alone on its line; breaks fall at the end of a
/// sentence, else at a clause, else where the cues or lines come out even. Chinese and Japanese
/// break between characters; Thai, Lao, Khmer and Burmese only where a run is longer than a line.
///
/// Times come from the words where they spell the text, else they are spread over the segment by
/// code points. Cues never overlap: where segments do, an earlier cue ends when the next one
/// starts, and where nothing would be left of it, the next one starts later.
///
/// A value without threads; memory is that of the cues of one segment (of all that overlap it).
class CueLayout {
 public:
  /// `options` must be valid.
  explicit CueLayout(const SubtitleOptions& options);

  /// `label_length`: code points to keep free on each first line, for "Name: ".
  std::vector<Cue> add(const Segment& segment, std::size_t label_length = 0);
  std::vector<Cue> finish();

 private:
  Cue settle(Cue cue, std::optional<Milliseconds> next_start_ms);
  std::vector<Cue> settle_until(Milliseconds start_ms);

  SubtitleOptions options_;
  std::multimap<Milliseconds, Cue> waiting_;  // By start_ms; equal ones as they came.
  Milliseconds newest_start_ms_ = 0;
  Milliseconds shown_until_ms_ = 0;  // End of the last cue given away.
};

/// All cues of a transcript.
std::vector<Cue> layout(const Transcript& transcript, const SubtitleOptions& options = {});

}  // namespace sotto::transcript
