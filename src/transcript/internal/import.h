#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "transcript/codec.h"
#include "transcript/internal/time_text.h"

namespace sotto::transcript::internal {

/// Walks the lines of a text, whatever ends them (LF, CRLF, CR). A value: a copy looks ahead.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  /// None at the end.
  std::optional<std::string_view> next();
  /// The line after, left where it is.
  std::optional<std::string_view> peek() const;
  /// Of the line that next() gave last, from 1.
  std::size_t number() const { return number_; }
  /// Bytes read so far.
  std::size_t offset() const { return offset_; }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t number_ = 0;
};

bool is_blank(std::string_view line);

/// The text without its byte order mark, once it is known to be UTF-8 and not too long. Errors:
/// "transcript.too_large", "transcript.not_utf8" with the line.
Result<std::string_view> check_import(std::string_view text, const ImportLimits& limits);

/// Gathers cues into a transcript.
class Importer {
 public:
  explicit Importer(const ImportLimits& limits) : limits_(limits) {}

  /// A cue with its text on one line; one without text is left out. Errors: "transcript.too_large".
  Result<> add(const Timing& timing, std::string text, std::optional<std::string> speaker_id = {});
  /// The id of the speaker with that name, who is new or known; none for an empty name.
  std::optional<std::string> speaker_id(const std::string& name);

  /// Segments in order of time.
  Transcript finish() &&;

 private:
  ImportLimits limits_;
  Transcript transcript_;
  std::unordered_map<std::string, std::string> ids_;  // By name.
};

}  // namespace sotto::transcript::internal
