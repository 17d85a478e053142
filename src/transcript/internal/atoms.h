#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "transcript/types.h"

namespace sotto::transcript::internal {

/// How good a place is for a break, worst first.
enum class BreakQuality { kInside, kSpace, kClause, kSentence };

/// The smallest piece that stays together: a word with its punctuation, or a CJK character.
struct Atom {
  std::size_t offset = 0;  ///< Bytes, in AtomText::text.
  std::size_t size = 0;
  std::size_t length = 0;  ///< Code points.
  bool has_space_before = false;
  BreakQuality after = BreakQuality::kSpace;
  Milliseconds start_ms = 0;
  Milliseconds end_ms = 0;
};

struct AtomText {
  std::string text;  ///< On one line, with single spaces.
  std::vector<Atom> atoms;
};

/// Splits a segment's text and gives every atom its time: never decreasing, within the segment.
AtomText split_atoms(const Segment& segment, std::size_t max_line_length);

}  // namespace sotto::transcript::internal
