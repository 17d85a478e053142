#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transcript/subtitles.h"
#include "transcript/types.h"

namespace sotto::transcript {

/// What a transcript can be written as.
enum class Format {
  kTxt,   ///< One segment a line, no times.
  kSrt,   ///< SubRip.
  kVtt,   ///< WebVTT.
  kTtml,  ///< TTML 1, for broadcasters.
  kTsv,   ///< start, end, text; milliseconds, as whisper writes it.
  kJson,  ///< All that is known; docs/reference/transcript-json.md.
};

/// The name that users write and that files end with: "txt", "srt", ...
std::string_view to_string(Format format);

/// Upper or lower case. Errors: "transcript.unknown_format", with the nearest name and all names.
Result<Format> parse_format(std::string_view name);

/// Writes a transcript piece by piece while its segments become ready: begin, segment (in order of
/// start_ms) any number of times, end. The pieces joined are the document; a piece may be empty,
/// because subtitles hold their last cue until they know when the next one starts.
///
/// Pure text without I/O; one thread at a time. No call fails: text that is not UTF-8 is repaired,
/// times are clamped; segments without text are left out of all formats but JSON. Memory does not
/// grow with the number of segments.
class Writer {
 public:
  virtual ~Writer() = default;

  /// What is known before the first segment: language, speakers, provenance. Segments in `head` are
  /// not looked at.
  virtual std::string begin(const Transcript& head) = 0;
  virtual std::string segment(const Segment& segment) = 0;
  /// What is known after the last segment; JSON takes everything but the provenance from here.
  virtual std::string end(const Transcript& tail) = 0;
};

/// `options` must be valid; formats without cues do not look at them.
std::unique_ptr<Writer> make_writer(Format format, const SubtitleOptions& options = {});

/// The whole document.
std::string encode(const Transcript& transcript, Format format,
                   const SubtitleOptions& options = {});

/// What an import refuses to go beyond, with "transcript.too_large".
struct ImportLimits {
  std::size_t bytes_max = std::size_t{32} << 20;  ///< Of the text; ten hours of JSON are 10 MB.
  std::size_t segments_max = 500'000;             ///< A cue a second for six days.
};

/// Reads what encode() wrote as JSON; the result is validated. Unknown fields are left out.
/// Errors: "wire.json_...", "transcript.version_unsupported", "transcript.invalid",
/// "transcript.too_large".
Result<Transcript> decode_json(std::string_view text, const ImportLimits& limits = {});

/// Reads SubRip as found in the wild: any line ends, a byte order mark, missing numbers, dot or
/// comma, font and position tags (which are left out). Each cue becomes a segment; a speaker in
/// front of the text stays text. Errors: "transcript.srt_malformed" with the line number,
/// "transcript.not_utf8", "transcript.too_large".
Result<Transcript> decode_srt(std::string_view text, const ImportLimits& limits = {});

/// Reads WebVTT: comments, styles and regions are left out, voices become speakers, entities
/// become characters. Errors: "transcript.vtt_malformed" with the line number,
/// "transcript.not_utf8", "transcript.too_large".
Result<Transcript> decode_vtt(std::string_view text, const ImportLimits& limits = {});

}  // namespace sotto::transcript
