#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transcript/types.h"

namespace sotto::transcript::internal {

/// "01:02:03.004"; hours have two digits or as many as they need. Times below 0 count as 0.
std::string clock_text(Milliseconds time_ms, char fraction_mark);

/// Two times with an arrow between, as in SRT and VTT.
struct Timing {
  Milliseconds start_ms = 0;
  Milliseconds end_ms = 0;
};

/// Reads "[hours:]mm:ss[.mmm] --> ..." with a dot or a comma; what follows behind a space (cue
/// settings, coordinates) is left out. None where the line is anything else, or past kTimeMsMax.
std::optional<Timing> parse_timing(std::string_view line);

}  // namespace sotto::transcript::internal
