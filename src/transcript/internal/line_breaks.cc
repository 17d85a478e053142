#include "transcript/internal/line_breaks.h"

#include <algorithm>
#include <limits>

namespace sotto::transcript::internal {
namespace {

// Costs of the layout, in hundredths of a cue. Chosen by hand so that one more cue is worth it for
// breaks at sentence ends instead of between any two words, but not for evenness alone.
constexpr double kCueCost = 100;
constexpr double kEmptinessCost = 60;  // Of a cue with nothing in it; makes neighbours even.
constexpr double kBriefnessCost = 80;  // Of a cue with no time to read.
constexpr double kUnevenLinesCost = 100;

double cue_break_cost(BreakQuality quality) {
  switch (quality) {
    case BreakQuality::kSentence:
      return 0;
    case BreakQuality::kClause:
      return 45;
    case BreakQuality::kSpace:
      return 120;
    case BreakQuality::kInside:
      return 140;
  }
  return 0;
}

double line_break_cost(BreakQuality quality) {
  switch (quality) {
    case BreakQuality::kSentence:
      return 0;
    case BreakQuality::kClause:
      return 10;
    case BreakQuality::kSpace:
      return 25;
    case BreakQuality::kInside:
      return 40;
  }
  return 0;
}

/// Fills lines one atom after the other: the fewest lines that a run of atoms needs.
class LineFill {
 public:
  LineFill(std::size_t max_line_length, std::size_t label_length)
      : max_line_length_(max_line_length), line_length_(label_length) {}

  void add(const Atom& atom) {
    const std::size_t grown =
        line_length_ + atom.length + (atom.has_space_before && !is_first_ ? 1 : 0);
    if (!is_first_ && grown > max_line_length_) {
      ++lines_count_;
      line_length_ = atom.length;
    } else {
      line_length_ = grown;
    }
    is_first_ = false;
  }

  std::size_t lines_count() const { return lines_count_; }

 private:
  std::size_t max_line_length_;
  std::size_t line_length_;
  std::size_t lines_count_ = 1;
  bool is_first_ = true;
};

}  // namespace

std::size_t fitting_label(const Atom& first, std::size_t max_line_length,
                          std::size_t label_length) {
  return label_length + first.length <= max_line_length ? label_length : 0;
}

std::vector<CueRange> split_cues(const std::vector<Atom>& atoms, const SubtitleOptions& options,
                                 std::size_t label_length) {
  const auto line_length = static_cast<std::size_t>(options.max_line_length);
  const auto lines_max = static_cast<std::size_t>(options.max_lines);
  const auto capacity = static_cast<double>(line_length * lines_max);
  const std::size_t count = atoms.size();
  // From the back: cost of the rest from each atom on, and where its first cue ends.
  std::vector<double> costs(count + 1, 0);
  std::vector<std::size_t> ends(count + 1, count);
  for (std::size_t first = count; first-- > 0;) {
    costs[first] = std::numeric_limits<double>::infinity();
    LineFill fill(line_length, fitting_label(atoms[first], line_length, label_length));
    std::size_t length = 0;
    for (std::size_t last = first; last < count; ++last) {
      const Atom& atom = atoms[last];
      fill.add(atom);
      length += atom.length + (atom.has_space_before && last > first ? 1 : 0);
      const Milliseconds duration = atom.end_ms - atoms[first].start_ms;
      // One atom alone is always allowed: it cannot be split.
      const bool fits = fill.lines_count() <= lines_max && duration <= options.cue_ms_max;
      if (last > first && !fits) break;
      const double emptiness = 1 - std::min(1.0, static_cast<double>(length) / capacity);
      double cost = kCueCost + kEmptinessCost * emptiness * emptiness + costs[last + 1];
      if (last + 1 < count) cost += cue_break_cost(atom.after);
      if (duration < options.cue_ms_min) {
        cost += kBriefnessCost *
                (1 - static_cast<double>(duration) / static_cast<double>(options.cue_ms_min));
      }
      if (cost < costs[first]) {
        costs[first] = cost;
        ends[first] = last + 1;
      }
    }
  }
  std::vector<CueRange> cues;
  for (std::size_t first = 0; first < count; first = ends[first])
    cues.push_back({first, ends[first]});
  return cues;
}

std::vector<std::string> break_lines(const AtomText& text, CueRange range,
                                     std::size_t max_line_length, std::size_t label_length) {
  const std::size_t count = range.last - range.first;
  const auto atom = [&](std::size_t i) -> const Atom& { return text.atoms[range.first + i]; };
  LineFill fill(max_line_length, label_length);
  std::size_t total = label_length;
  for (std::size_t i = 0; i < count; ++i) {
    fill.add(atom(i));
    total += atom(i).length + (atom(i).has_space_before && i > 0 ? 1 : 0);
  }
  const std::size_t lines_count = fill.lines_count();
  const double even = static_cast<double>(total) / static_cast<double>(lines_count);
  const auto unevenness = [&](std::size_t length) {
    const double share =
        (static_cast<double>(length) - even) / static_cast<double>(max_line_length);
    return kUnevenLinesCost * share * share;
  };

  // costs[line][i]: the cheapest way to set the atoms from i on in lines_count - line lines.
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> costs(lines_count + 1, std::vector<double>(count + 1, kNever));
  std::vector<std::vector<std::size_t>> ends(lines_count, std::vector<std::size_t>(count, count));
  costs[lines_count][count] = 0;
  for (std::size_t line = lines_count; line-- > 0;) {
    // The label stands in front of the first line alone, which starts at the first atom alone.
    for (std::size_t first = line == 0 ? 1 : count; first-- > 0;) {
      std::size_t length = first == 0 && line == 0 ? label_length : 0;
      for (std::size_t last = first; last < count; ++last) {
        length += atom(last).length + (atom(last).has_space_before && last > first ? 1 : 0);
        if (last > first && length > max_line_length) break;
        double cost = unevenness(length) + costs[line + 1][last + 1];
        if (last + 1 < count) cost += line_break_cost(atom(last).after);
        if (cost < costs[line][first]) {
          costs[line][first] = cost;
          ends[line][first] = last + 1;
        }
      }
    }
  }
  std::vector<std::string> lines;
  std::size_t first = 0;
  for (std::size_t line = 0; line < lines_count && first < count; ++line) {
    const std::size_t last = ends[line][first];
    const Atom& back = atom(last - 1);
    lines.push_back(
        text.text.substr(atom(first).offset, back.offset + back.size - atom(first).offset));
    first = last;
  }
  return lines;
}

}  // namespace sotto::transcript::internal
