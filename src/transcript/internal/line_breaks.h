#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "transcript/internal/atoms.h"
#include "transcript/subtitles.h"

namespace sotto::transcript::internal {

/// The atoms [first, last) that one cue shows.
struct CueRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

/// The cheapest way to cut the atoms into cues that fit the options. Time grows with the number of
/// atoms times those that fit a cue.
std::vector<CueRange> split_cues(const std::vector<Atom>& atoms, const SubtitleOptions& options,
                                 std::size_t label_length);

/// The cue's text in as few lines as it needs, broken where it reads best. `label_length` code
/// points of the first line are taken.
std::vector<std::string> break_lines(const AtomText& text, CueRange range,
                                     std::size_t max_line_length, std::size_t label_length);

/// `label_length`, or 0 where the label would push the cue's first atom over the line.
std::size_t fitting_label(const Atom& first, std::size_t max_line_length, std::size_t label_length);

}  // namespace sotto::transcript::internal
