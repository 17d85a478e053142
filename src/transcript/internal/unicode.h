#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto::transcript::internal {

/// The code point at one end of a text that is well-formed UTF-8 and not empty.
char32_t first_code_point(std::string_view text);
char32_t last_code_point(std::string_view text);

/// Bytes of the code point at the front of well-formed UTF-8.
std::size_t first_size(std::string_view text);

void append_code_point(std::string& text, char32_t code_point);

/// White space at which a line may break; the no-break spaces are not among them.
bool is_space(char32_t code_point);

/// Chinese and Japanese script and its punctuation, written without spaces. Hangul is not here:
/// Korean has spaces.
bool is_cjk(char32_t code_point);

/// True where a line may break between two neighbours without a space: both are CJK, and neither
/// would start a line with closing punctuation nor end one with an opening bracket.
bool may_break_between(char32_t left, char32_t right);

/// The same for Thai, Lao, Khmer and Burmese, whose words are not told apart by spaces: between
/// whole syllable clusters, so only for a run that no line can hold.
bool may_split_between(char32_t left, char32_t right);

/// Where the line that holds `start` ends: at its CR or LF, else at the end of the text.
std::size_t line_end(std::string_view text, std::size_t start);

/// The text on one line: malformed bytes replaced, controls left out, every run of white space one
/// space, none at the ends.
std::string one_line(std::string_view text);

/// Lines of a cue as one line again: joined by a space, except where both neighbours are CJK.
std::string unwrap(std::string_view lines);

}  // namespace sotto::transcript::internal
