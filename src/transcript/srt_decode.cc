#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "transcript/codec.h"
#include "transcript/internal/import.h"
#include "transcript/internal/unicode.h"

namespace sotto::transcript {
namespace {

using internal::Timing;

Error malformed(std::size_t line_number, std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, "transcript.srt_malformed",
               "Line " + std::to_string(line_number) + " of the SRT " + std::string(what) + '.');
}

bool is_number(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  const std::size_t last = line.find_last_not_of(" \t");
  line = line.substr(first, last - first + 1);
  return std::all_of(line.begin(), line.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Bytes of the formatting tag at the front: <i>, </b>, <font color="red">, {\an8}. 0 where none
/// is; what only looks like a tag is text.
std::size_t tag_size(std::string_view text) {
  constexpr std::size_t kTagMax = 200;  // Bytes; keeps the search for the end of a tag linear.
  if (text.starts_with("{\\")) {
    const std::size_t end = text.substr(0, kTagMax).find('}');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  std::string_view name = text.substr(1);
  if (name.starts_with('/')) name.remove_prefix(1);
  constexpr std::array<std::string_view, 5> kNames = {"font", "i", "b", "u", "s"};
  for (const std::string_view known : kNames) {
    const bool is_known = name.size() > known.size() &&
                          std::equal(known.begin(), known.end(), name.begin(), [](char a, char b) {
                            return a == b || (b >= 'A' && b <= 'Z' && b + 32 == a);
                          });
    if (!is_known || (name[known.size()] != '>' && name[known.size()] != ' ')) continue;
    const std::size_t end = text.substr(0, kTagMax).find('>');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  return 0;
}

std::string without_tags(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("<{"), text.size());
    result += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t size = tag_size(text);
    if (size == 0) result += text[0];
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

class SrtReader {
 public:
  SrtReader(std::string_view text, const ImportLimits& limits) : lines_(text), importer_(limits) {}

  Result<Transcript> read() {
    for (;;) {
      const auto line = lines_.next();
      if (!line) break;
      if (!internal::is_blank(*line)) SOTTO_TRY(read_block(*line));
    }
    SOTTO_TRY(flush());
    return std::move(importer_).finish();
  }

 private:
  /// Starts a cue, or goes on with the last one: some writers leave blank lines inside of a cue.
  Result<> read_block(std::string_view line) {
    if (is_number(line)) {
      const auto next = lines_.peek();
      if (next && next->find("-->") != std::string_view::npos) {
        static_cast<void>(lines_.next());
        return start_cue(*next);
      }
      if (next && !internal::is_blank(*next)) {
        static_cast<void>(lines_.next());
        return malformed(lines_.number(), kWanted);
      }
    } else if (line.find("-->") != std::string_view::npos) {
      return start_cue(line);
    }
    if (!has_cue_) return malformed(lines_.number(), kWanted);
    read_text(line);
    return {};
  }

  Result<> start_cue(std::string_view line) {
    SOTTO_TRY(flush());
    const auto timing = internal::parse_timing(line);
    if (!timing) return malformed(lines_.number(), kWanted);
    if (timing->end_ms < timing->start_ms)
      return malformed(lines_.number(), "ends before it starts");
    timing_ = *timing;
    has_cue_ = true;
    if (const auto next = lines_.peek(); next && !internal::is_blank(*next) && !starts_cue()) {
      static_cast<void>(lines_.next());
      read_text(*next);
    }
    return {};
  }

  /// Takes `line` and those after it up to a blank one, or to a cue that follows without one.
  void read_text(std::string_view line) {
    cue_text_ += line;
    cue_text_ += '\n';
    for (auto next = lines_.peek(); next && !internal::is_blank(*next) && !starts_cue();
         next = lines_.peek()) {
      cue_text_ += *lines_.next();
      cue_text_ += '\n';
    }
  }

  /// Whether a cue starts on the next line.
  bool starts_cue() const {
    internal::LineReader ahead = lines_;
    const auto first = ahead.next();
    if (!first) return false;
    if (internal::parse_timing(*first)) return true;
    if (!is_number(*first)) return false;
    const auto second = ahead.next();
    return second && internal::parse_timing(*second);
  }

  Result<> flush() {
    if (!has_cue_) return {};
    return importer_.add(timing_, internal::unwrap(without_tags(std::exchange(cue_text_, {}))));
  }

  static constexpr std::string_view kWanted =
      "must be a timing such as 00:00:01,000 --> 00:00:02,500";

  internal::LineReader lines_;
  internal::Importer importer_;
  Timing timing_;
  std::string cue_text_;
  bool has_cue_ = false;
};

}  // namespace

Result<Transcript> decode_srt(std::string_view text, const ImportLimits& limits) {
  SOTTO_ASSIGN(const std::string_view checked, internal::check_import(text, limits));
  return SrtReader(checked, limits).read();
}

}  // namespace sotto::transcript
