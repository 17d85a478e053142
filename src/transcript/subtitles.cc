#include "transcript/subtitles.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "transcript/internal/atoms.h"
#include "transcript/internal/line_breaks.h"
#include "transcript/validate.h"

namespace sotto::transcript {
namespace {

// The bounds keep the layout's cost, atoms in the segment times atoms in a cue, below a second for
// a book in one segment.
constexpr int kLineLengthLeast = 8;
constexpr int kLineLengthMost = 250;
constexpr int kLinesMost = 4;
constexpr Milliseconds kCueMsLeast = 1000;
constexpr Milliseconds kCueMsMost = 60'000;

Error option_invalid(const std::string& option, const std::string& range) {
  return Error(ErrorCode::kInvalidArgument, "transcript.options_invalid",
               option + " must lie between " + range + '.');
}

/// Segments from a caller who did not validate must not break the order of cues.
Segment with_sane_times(Segment segment) {
  segment.start_ms = std::clamp<Milliseconds>(segment.start_ms, 0, kTimeMsMax);
  segment.end_ms = std::clamp(segment.end_ms, segment.start_ms, kTimeMsMax);
  return segment;
}

}  // namespace

Result<> validate(const SubtitleOptions& options) {
  if (options.max_line_length < kLineLengthLeast || options.max_line_length > kLineLengthMost)
    return option_invalid("The line length", "8 and 250 characters");
  if (options.max_lines < 1 || options.max_lines > kLinesMost)
    return option_invalid("The number of lines", "1 and 4");
  if (options.cue_ms_max < kCueMsLeast || options.cue_ms_max > kCueMsMost)
    return option_invalid("The longest time of a cue", "1,000 and 60,000 milliseconds");
  if (options.cue_ms_min < 0 || options.cue_ms_min > options.cue_ms_max)
    return option_invalid("The shortest time of a cue", "0 milliseconds and the longest");
  return {};
}

CueLayout::CueLayout(const SubtitleOptions& options) : options_(options) {
  SOTTO_CHECK(validate(options).has_value());
}

std::vector<Cue> CueLayout::add(const Segment& segment, std::size_t label_length) {
  const Segment sane = with_sane_times(segment);
  const auto line_length = static_cast<std::size_t>(options_.max_line_length);
  const internal::AtomText text = internal::split_atoms(sane, line_length);
  for (const internal::CueRange range : internal::split_cues(text.atoms, options_, label_length)) {
    const internal::Atom& first = text.atoms[range.first];
    const std::size_t label = internal::fitting_label(first, line_length, label_length);
    Cue cue{.start_ms = first.start_ms,
            .end_ms = text.atoms[range.last - 1].end_ms,
            .lines = internal::break_lines(text, range, line_length, label),
            .speaker = sane.speaker,
            .language = sane.language,
            .has_label_room = label > 0};
    waiting_.emplace(first.start_ms, std::move(cue));
  }
  newest_start_ms_ = std::max(newest_start_ms_, sane.start_ms);
  return settle_until(newest_start_ms_);
}

std::vector<Cue> CueLayout::finish() {
  std::vector<Cue> ready = settle_until(kTimeMsMax);
  if (!waiting_.empty()) ready.push_back(settle(std::move(waiting_.begin()->second), std::nullopt));
  waiting_.clear();
  return ready;
}

/// Gives away the cues whose successor is known: later segments start at `start_ms` or after, so
/// they cannot come between two cues that both start before.
std::vector<Cue> CueLayout::settle_until(Milliseconds start_ms) {
  std::vector<Cue> ready;
  while (waiting_.size() > 1) {
    const auto first = waiting_.begin();
    const Milliseconds next_start_ms = std::next(first)->first;
    if (next_start_ms > start_ms) break;
    ready.push_back(settle(std::move(first->second), next_start_ms));
    waiting_.erase(first);
  }
  return ready;
}

Cue CueLayout::settle(Cue cue, std::optional<Milliseconds> next_start_ms) {
  const Milliseconds spoken = cue.end_ms - cue.start_ms;
  // What a cue keeps even if the next one has to wait for it; in segments that do not overlap the
  // next one starts no earlier anyway. VTT wants at least a millisecond.
  const Milliseconds kept = std::max<Milliseconds>(1, std::min(spoken, options_.cue_ms_min));
  cue.start_ms = std::max(cue.start_ms, shown_until_ms_);
  Milliseconds end =
      std::max({cue.end_ms, cue.start_ms + kept, cue.start_ms + options_.cue_ms_min});
  end = std::min(end, cue.start_ms + options_.cue_ms_max);
  if (next_start_ms) end = std::min(end, std::max(*next_start_ms, cue.start_ms + kept));
  cue.end_ms = end;
  shown_until_ms_ = end;
  return cue;
}

std::vector<Cue> layout(const Transcript& transcript, const SubtitleOptions& options) {
  CueLayout cue_layout(options);
  std::vector<Cue> cues;
  const auto take = [&](std::vector<Cue> ready) {
    std::move(ready.begin(), ready.end(), std::back_inserter(cues));
  };
  for (const Segment& segment : transcript.segments) take(cue_layout.add(segment));
  take(cue_layout.finish());
  return cues;
}

}  // namespace sotto::transcript
