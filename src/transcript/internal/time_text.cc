#include "transcript/internal/time_text.h"

#include <algorithm>

#include "transcript/validate.h"

namespace sotto::transcript::internal {
namespace {

std::string padded(Milliseconds number, std::size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes all digits at the front where there are `least` to `most` of them.
std::optional<Milliseconds> take_number(std::string_view& text, std::size_t least,
                                        std::size_t most) {
  std::size_t count = 0;
  Milliseconds number = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    if (count == most) return std::nullopt;
    number = number * 10 + (text[count] - '0');
    ++count;
  }
  if (count < least) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

std::optional<Milliseconds> take_clock(std::string_view& text) {
  constexpr std::size_t kHourDigitsMax = 7;  // A million hours, kTimeMsMax.
  auto hours = take_number(text, 1, kHourDigitsMax);
  if (!hours || !take(text, ":")) return std::nullopt;
  auto minutes = take_number(text, 2, 2);
  if (!minutes) return std::nullopt;
  auto seconds = minutes;
  if (take(text, ":")) {
    seconds = take_number(text, 2, 2);
    if (!seconds) return std::nullopt;
  } else {
    minutes = hours;
    hours = 0;
  }
  Milliseconds fraction = 0;
  if (take(text, ".") || take(text, ",")) {
    const auto digits = take_number(text, 3, 3);
    if (!digits) return std::nullopt;
    fraction = *digits;
  }
  if (*minutes > 59 || *seconds > 59) return std::nullopt;
  const Milliseconds time = ((*hours * 60 + *minutes) * 60 + *seconds) * 1000 + fraction;
  return time <= kTimeMsMax ? std::optional(time) : std::nullopt;
}

}  // namespace

std::string clock_text(Milliseconds time_ms, char fraction_mark) {
  const Milliseconds time = std::max<Milliseconds>(time_ms, 0);
  return padded(time / 3'600'000, 2) + ':' + padded(time / 60'000 % 60, 2) + ':' +
         padded(time / 1000 % 60, 2) + fraction_mark + padded(time % 1000, 3);
}

std::optional<Timing> parse_timing(std::string_view line) {
  skip_spaces(line);
  const auto start = take_clock(line);
  if (!start) return std::nullopt;
  skip_spaces(line);
  if (!take(line, "-->")) return std::nullopt;
  skip_spaces(line);
  const auto end = take_clock(line);
  if (!end || !(line.empty() || line[0] == ' ' || line[0] == '\t')) return std::nullopt;
  return Timing{*start, *end};
}

}  // namespace sotto::transcript::internal
