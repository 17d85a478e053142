#include "transcript/internal/unicode.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace sotto::transcript::internal {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t code_point) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

// Blocks of Unicode 15.
constexpr Range kCjk[] = {
    {0x2e80, 0x303f},    // Radicals to CJK punctuation.
    {0x3040, 0x312f},    // Hiragana, Katakana, Bopomofo.
    {0x31a0, 0x31ff},    // Bopomofo and Katakana extensions.
    {0x3400, 0x4dbf},    // Extension A.
    {0x4e00, 0x9fff},    // Unified ideographs.
    {0xf900, 0xfaff},    // Compatibility ideographs.
    {0xfe30, 0xfe4f},    // Compatibility forms.
    {0xff00, 0xffef},    // Full-width and half-width forms.
    {0x1b000, 0x1b16f},  // Kana supplements.
    {0x20000, 0x3ffff},  // Extensions B and later.
};

// What must not start a line: closing punctuation, small kana, marks that belong to their left.
constexpr Range kNoLineStart[] = {
    {U'!', U'!'},     {U')', U')'},     {U',', U','},     {U'.', U'.'},     {U':', U';'},
    {U'?', U'?'},     {U']', U']'},     {U'}', U'}'},     {0x00bb, 0x00bb}, {0x2019, 0x2019},
    {0x201d, 0x201d}, {0x2026, 0x2026}, {0x3001, 0x3002}, {0x3005, 0x3005}, {0x3009, 0x3009},
    {0x300b, 0x300b}, {0x300d, 0x300d}, {0x300f, 0x300f}, {0x3011, 0x3011}, {0x3015, 0x3015},
    {0x3017, 0x3017}, {0x301e, 0x301f}, {0x303b, 0x303b}, {0x3041, 0x3041}, {0x3043, 0x3043},
    {0x3045, 0x3045}, {0x3047, 0x3047}, {0x3049, 0x3049}, {0x3063, 0x3063}, {0x3083, 0x3083},
    {0x3085, 0x3085}, {0x3087, 0x3087}, {0x308e, 0x308e}, {0x3095, 0x3096}, {0x3099, 0x309e},
    {0x30a1, 0x30a1}, {0x30a3, 0x30a3}, {0x30a5, 0x30a5}, {0x30a7, 0x30a7}, {0x30a9, 0x30a9},
    {0x30c3, 0x30c3}, {0x30e3, 0x30e3}, {0x30e5, 0x30e5}, {0x30e7, 0x30e7}, {0x30ee, 0x30ee},
    {0x30f5, 0x30f6}, {0x30fb, 0x30fe}, {0x31f0, 0x31ff}, {0xff01, 0xff01}, {0xff09, 0xff09},
    {0xff0c, 0xff0c}, {0xff0e, 0xff0e}, {0xff1a, 0xff1b}, {0xff1f, 0xff1f}, {0xff3d, 0xff3d},
    {0xff5d, 0xff5d}, {0xff60, 0xff61}, {0xff63, 0xff65}, {0xff67, 0xff70}, {0xff9e, 0xff9f},
};

constexpr Range kNoLineEnd[] = {
    {U'(', U'('},     {U'[', U'['},     {U'{', U'{'},     {0x00ab, 0x00ab}, {0x2018, 0x2018},
    {0x201c, 0x201c}, {0x3008, 0x3008}, {0x300a, 0x300a}, {0x300c, 0x300c}, {0x300e, 0x300e},
    {0x3010, 0x3010}, {0x3014, 0x3014}, {0x3016, 0x3016}, {0x301d, 0x301d}, {0xff08, 0xff08},
    {0xff3b, 0xff3b}, {0xff5b, 0xff5b}, {0xff5f, 0xff5f}, {0xff62, 0xff62},
};

// Signs that sit on or behind the letter to their left, in any script that we split.
constexpr Range kMarks[] = {
    {0x0300, 0x036f}, {0x0e30, 0x0e3a}, {0x0e45, 0x0e4e}, {0x0eb0, 0x0ebc},   {0x0ec6, 0x0ece},
    {0x102b, 0x103e}, {0x1056, 0x1059}, {0x105e, 0x1060}, {0x1062, 0x1064},   {0x1067, 0x106d},
    {0x1071, 0x1074}, {0x1082, 0x108d}, {0x108f, 0x108f}, {0x109a, 0x109d},   {0x17b4, 0x17d3},
    {0x17dd, 0x17dd}, {0x200c, 0x200d}, {0xfe00, 0xfe0f}, {0xe0100, 0xe01ef},
};

constexpr Range kSoutheastAsian[] = {
    {0x0e00, 0x0e7f},  // Thai.
    {0x0e80, 0x0eff},  // Lao.
    {0x1000, 0x109f},  // Myanmar.
    {0x1780, 0x17ff},  // Khmer.
};

// Vowels written before the consonant they follow, and the joiners that pull the next letter in.
constexpr Range kJoinsRight[] = {
    {0x0e40, 0x0e44}, {0x0ec0, 0x0ec4}, {0x1039, 0x1039}, {0x17d2, 0x17d2}, {0x200d, 0x200d},
};

}  // namespace

std::size_t first_size(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(size, text.size());
}

char32_t first_code_point(std::string_view text) {
  const std::size_t size = first_size(text);
  const auto lead = static_cast<std::uint8_t>(text[0]);
  // The lead byte holds 7, 5, 4 or 3 bits.
  char32_t code_point = size == 1 ? lead : lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i)
    code_point = (code_point << 6) | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
  return code_point;
}

char32_t last_code_point(std::string_view text) {
  std::size_t start = text.size() - 1;
  while (start > 0 && (static_cast<std::uint8_t>(text[start]) & 0xc0) == 0x80) --start;
  return first_code_point(text.substr(start));
}

void append_code_point(std::string& text, char32_t code_point) {
  const auto append = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | (code_point >> 6));
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | (code_point >> 12));
    append(0x80 | ((code_point >> 6) & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | (code_point >> 18));
    append(0x80 | ((code_point >> 12) & 0x3f));
    append(0x80 | ((code_point >> 6) & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
}

bool is_space(char32_t code_point) {
  return (code_point >= 0x09 && code_point <= 0x0d) || code_point == U' ' || code_point == 0x0085 ||
         code_point == 0x1680 ||
         (code_point >= 0x2000 && code_point <= 0x200a && code_point != 0x2007) ||
         code_point == 0x2028 || code_point == 0x2029 || code_point == 0x205f ||
         code_point == 0x3000;
}

bool is_cjk(char32_t code_point) { return code_point >= 0x2e80 && is_in(kCjk, code_point); }

bool may_break_between(char32_t left, char32_t right) {
  return is_cjk(left) && is_cjk(right) && !is_in(kNoLineStart, right) && !is_in(kMarks, right) &&
         !is_in(kNoLineEnd, left);
}

bool may_split_between(char32_t left, char32_t right) {
  return is_in(kSoutheastAsian, left) && is_in(kSoutheastAsian, right) && !is_in(kMarks, right) &&
         !is_in(kJoinsRight, left);
}

std::size_t line_end(std::string_view text, std::size_t start) {
  // By hand: find_first_of costs a call for every byte, and imports have millions.
  while (start < text.size() && text[start] != '\n' && text[start] != '\r') ++start;
  return start;
}

std::string one_line(std::string_view text) {
  // White space goes first, because printable() would glue the neighbours of a carriage return.
  std::string spaced;
  spaced.reserve(text.size());
  for (const char c : text) spaced += c >= 0x09 && c <= 0x0d ? ' ' : c;
  const std::string clean = printable(spaced);
  std::string line;
  line.reserve(clean.size());
  bool is_space_due = false;
  for (std::string_view rest = clean; !rest.empty();) {
    // Most text is ASCII, where a byte is a code point and only the space is white.
    const bool is_ascii = static_cast<std::uint8_t>(rest[0]) < 0x80;
    const std::size_t size = is_ascii ? 1 : first_size(rest);
    if (is_ascii ? rest[0] == ' ' : is_space(first_code_point(rest))) {
      is_space_due = !line.empty();
    } else {
      if (is_space_due) line += ' ';
      is_space_due = false;
      line.append(rest.data(), size);
    }
    rest.remove_prefix(size);
  }
  return line;
}

std::string unwrap(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = line_end(lines, 0);
    const std::string line = one_line(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty()) continue;
    if (!text.empty() && !(is_cjk(last_code_point(text)) && is_cjk(first_code_point(line))))
      text += ' ';
    text += line;
  }
  return text;
}

}  // namespace sotto::transcript::internal
