#include "transcript/internal/import.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "transcript/internal/unicode.h"

namespace sotto::transcript::internal {

std::optional<std::string_view> LineReader::next() {
  if (offset_ >= text_.size()) return std::nullopt;
  const std::size_t end = line_end(text_, offset_);
  const std::string_view line = text_.substr(offset_, end - offset_);
  const bool is_pair = text_.substr(end).starts_with("\r\n");
  offset_ = std::min(end + (is_pair ? 2 : 1), text_.size());
  ++number_;
  return line;
}

std::optional<std::string_view> LineReader::peek() const {
  LineReader ahead = *this;
  return ahead.next();
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

Result<std::string_view> check_import(std::string_view text, const ImportLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return Error(ErrorCode::kTooLarge, "transcript.too_large",
                 "The text is " + std::to_string(text.size()) + " bytes long; at most " +
                     std::to_string(limits.bytes_max) + " are read.");
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return Error(ErrorCode::kInvalidArgument, "transcript.not_utf8",
                 "The text is UTF-16; save it as UTF-8 and try again.");
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LineReader lines(text);
  for (;;) {
    const auto line = lines.next();
    if (!line) break;
    if (!is_utf8(*line)) {
      return Error(ErrorCode::kInvalidArgument, "transcript.not_utf8",
                   "Line " + std::to_string(lines.number()) +
                       " is not UTF-8; save the text as UTF-8 and try again.");
    }
  }
  return text;
}

Result<> Importer::add(const Timing& timing, std::string text,
                       std::optional<std::string> speaker_id) {
  if (text.empty()) return {};
  if (transcript_.segments.size() >= limits_.segments_max) {
    return Error(ErrorCode::kTooLarge, "transcript.too_large",
                 "The text has more than " + std::to_string(limits_.segments_max) + " cues.");
  }
  transcript_.segments.push_back({.start_ms = timing.start_ms,
                                  .end_ms = timing.end_ms,
                                  .text = std::move(text),
                                  .speaker = std::move(speaker_id)});
  transcript_.duration_ms = std::max(transcript_.duration_ms, timing.end_ms);
  return {};
}

std::optional<std::string> Importer::speaker_id(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto [entry, is_new] = ids_.try_emplace(name);
  if (is_new) {
    entry->second = "S" + std::to_string(ids_.size());
    transcript_.speakers.push_back({.id = entry->second, .name = name});
  }
  return entry->second;
}

Transcript Importer::finish() && {
  std::stable_sort(transcript_.segments.begin(), transcript_.segments.end(),
                   [](const Segment& a, const Segment& b) { return a.start_ms < b.start_ms; });
  return std::move(transcript_);
}

}  // namespace sotto::transcript::internal
