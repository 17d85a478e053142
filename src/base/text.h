#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// True for well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// `text` with every malformed byte replaced by U+FFFD and every control character but tab and
/// newline left out: for showing names and texts from outside on a terminal or in a log.
std::string printable(std::string_view text);

/// How many code points well-formed UTF-8 holds.
std::size_t code_point_count(std::string_view text);

/// The candidate nearest to `word` by edit distance, where it is near enough to be a slip of the
/// fingers (a third of the word's length, at least 1): for "did you mean ...?".
std::optional<std::string_view> closest_match(std::string_view word,
                                              std::span<const std::string_view> candidates);

}  // namespace sotto
