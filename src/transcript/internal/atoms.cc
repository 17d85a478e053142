#include "transcript/internal/atoms.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "transcript/internal/unicode.h"
#include "transcript/validate.h"

namespace sotto::transcript::internal {
namespace {

// A pause this long reads like the end of a sentence; shorter ones occur inside of them.
constexpr Milliseconds kPauseMs = 700;

// Words whose dot ends no sentence. A wrong guess costs a less beautiful break, no more.
constexpr std::string_view kAbbreviations[] = {"Mr.", "Mrs.", "Ms.",  "Dr.",  "Prof.",
                                               "St.", "vs.",  "e.g.", "i.e.", "No.",
                                               "Jr.", "Sr.",  "z.B.", "M.",   "Mme."};

constexpr std::u32string_view kClosers = U"\"')]}»”’」』）】》〉";
constexpr std::u32string_view kSentenceEnds = U".!?…。！？।؟";
constexpr std::u32string_view kClauseEnds = U",;:—–、，；：،؛";

BreakQuality quality_after(std::string_view atom) {
  std::string_view rest = atom;
  while (!rest.empty() && kClosers.find(last_code_point(rest)) != std::u32string_view::npos) {
    std::size_t size = 1;
    while ((static_cast<unsigned char>(rest[rest.size() - size]) & 0xc0) == 0x80) ++size;
    rest.remove_suffix(size);
  }
  if (rest.empty()) return BreakQuality::kSpace;
  const char32_t last = last_code_point(rest);
  if (kClauseEnds.find(last) != std::u32string_view::npos) return BreakQuality::kClause;
  if (kSentenceEnds.find(last) == std::u32string_view::npos) return BreakQuality::kSpace;
  const bool is_initial = rest.size() == 2 && rest[0] >= 'A' && rest[0] <= 'Z' && last == U'.';
  const bool is_abbreviation = std::find(std::begin(kAbbreviations), std::end(kAbbreviations),
                                         rest) != std::end(kAbbreviations);
  return is_initial || is_abbreviation ? BreakQuality::kSpace : BreakQuality::kSentence;
}

/// Cuts one word (no spaces) into atoms at the places where its script lets a line break.
void cut_word(const std::string& text, std::size_t offset, std::size_t size,
              std::size_t max_line_length, std::vector<Atom>& atoms) {
  const std::string_view word = std::string_view(text).substr(offset, size);
  const bool is_longer_than_line = code_point_count(word) > max_line_length;
  Atom atom{.offset = offset, .has_space_before = offset > 0};
  char32_t left = 0;
  for (std::size_t i = 0; i < size;) {
    const std::string_view rest = word.substr(i);
    const char32_t right = first_code_point(rest);
    if (i > 0 && (may_break_between(left, right) ||
                  (is_longer_than_line && may_split_between(left, right)))) {
      const std::string_view piece = std::string_view(text).substr(atom.offset, atom.size);
      const BreakQuality quality = quality_after(piece);
      atom.after = quality == BreakQuality::kSpace ? BreakQuality::kInside : quality;
      atoms.push_back(atom);
      atom = Atom{.offset = offset + i};
    }
    atom.size += first_size(rest);
    ++atom.length;
    left = right;
    i += first_size(rest);
  }
  atom.after = quality_after(std::string_view(text).substr(atom.offset, atom.size));
  atoms.push_back(atom);
}

/// Spreads the segment's time over its text by code points.
void spread_times(const Segment& segment, const std::string& text, std::vector<Atom>& atoms) {
  const auto total = static_cast<double>(code_point_count(text));
  const auto duration = static_cast<double>(segment.end_ms - segment.start_ms);
  const auto time_at = [&](std::size_t position) {
    // The quotient first: it is exactly 1 at the end, so no rounding leaves the segment.
    const double share = static_cast<double>(position) / total;
    return segment.start_ms + static_cast<Milliseconds>(duration * share);
  };
  std::size_t position = 0;
  for (Atom& atom : atoms) {
    if (atom.has_space_before) ++position;
    atom.start_ms = time_at(position);
    position += atom.length;
    atom.end_ms = time_at(position);
  }
}

/// The words' letters without spaces, and where in them each word starts.
struct Spelling {
  std::string letters;
  std::vector<std::size_t> starts;  // One a word.
};

void append_letters(std::string_view text, std::string& letters) {
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters),
               [](char c) { return c != ' '; });
}

/// Takes the times of the words where they spell the text exactly; false where they do not, e.g.
/// because somebody edited the text.
bool take_word_times(const Segment& segment, const std::string& text, std::vector<Atom>& atoms) {
  if (segment.words.empty()) return false;
  Spelling spelling;
  for (const Word& word : segment.words) {
    spelling.starts.push_back(spelling.letters.size());
    append_letters(one_line(word.text), spelling.letters);
  }
  std::string letters;
  append_letters(text, letters);
  if (letters != spelling.letters) return false;

  std::size_t word_index = 0;
  // Time at a letter, looked up from the word that holds it; positions only grow.
  const auto time_at = [&](std::size_t position, bool is_end) {
    const std::size_t letter = is_end ? position - 1 : position;
    while (word_index + 1 < spelling.starts.size() && spelling.starts[word_index + 1] <= letter)
      ++word_index;
    const std::size_t first = spelling.starts[word_index];
    const std::size_t last =
        word_index + 1 < spelling.starts.size() ? spelling.starts[word_index + 1] : letters.size();
    const Word& word = segment.words[word_index];
    const double share = static_cast<double>(position - first) / static_cast<double>(last - first);
    return word.start_ms +
           static_cast<Milliseconds>(static_cast<double>(word.end_ms - word.start_ms) * share);
  };
  Milliseconds latest = segment.start_ms;
  std::size_t position = 0;
  for (Atom& atom : atoms) {
    atom.start_ms = latest = std::clamp(time_at(position, false), latest, segment.end_ms);
    position += atom.size;
    atom.end_ms = latest = std::clamp(time_at(position, true), latest, segment.end_ms);
  }
  for (std::size_t i = 0; i + 1 < atoms.size(); ++i) {
    if (atoms[i + 1].start_ms - atoms[i].end_ms >= kPauseMs)
      atoms[i].after = BreakQuality::kSentence;
  }
  return true;
}

}  // namespace

AtomText split_atoms(const Segment& segment, std::size_t max_line_length) {
  AtomText result{.text = one_line(segment.text), .atoms = {}};
  const std::string& text = result.text;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    cut_word(text, start, end - start, max_line_length, result.atoms);
    start = end + 1;
  }
  if (!take_word_times(segment, text, result.atoms)) spread_times(segment, text, result.atoms);
  return result;
}

}  // namespace sotto::transcript::internal
