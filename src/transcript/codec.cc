#include "transcript/codec.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript {
namespace {

constexpr std::array kFormats = {Format::kTxt,  Format::kSrt, Format::kVtt,
                                 Format::kTtml, Format::kTsv, Format::kJson};
constexpr std::size_t kNameShownMax = 40;  // Bytes of an unknown name in the message.

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::kTxt:
      return "txt";
    case Format::kSrt:
      return "srt";
    case Format::kVtt:
      return "vtt";
    case Format::kTtml:
      return "ttml";
    case Format::kTsv:
      return "tsv";
    case Format::kJson:
      return "json";
  }
  SOTTO_CHECK(false);
}

Result<Format> parse_format(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::array<std::string_view, kFormats.size()> names;
  std::string all;
  for (std::size_t i = 0; i < kFormats.size(); ++i) {
    names[i] = to_string(kFormats[i]);
    if (lower == names[i]) return kFormats[i];
    all += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  std::string message =
      "The format \"" + printable(name.substr(0, kNameShownMax)) + "\" is unknown";
  if (const auto match = closest_match(lower, names))
    message += "; did you mean \"" + std::string(*match) + "\"?";
  else
    message += '.';
  return Error(ErrorCode::kInvalidArgument, "transcript.unknown_format",
               message + " The formats are " + all + '.');
}

std::unique_ptr<Writer> make_writer(Format format, const SubtitleOptions& options) {
  switch (format) {
    case Format::kTxt:
      return internal::make_txt_writer();
    case Format::kSrt:
      return internal::make_srt_writer(options);
    case Format::kVtt:
      return internal::make_vtt_writer(options);
    case Format::kTtml:
      return internal::make_ttml_writer(options);
    case Format::kTsv:
      return internal::make_tsv_writer();
    case Format::kJson:
      return internal::make_json_writer();
  }
  SOTTO_CHECK(false);
}

std::string encode(const Transcript& transcript, Format format, const SubtitleOptions& options) {
  const std::unique_ptr<Writer> writer = make_writer(format, options);
  std::string text = writer->begin(transcript);
  for (const Segment& segment : transcript.segments) text += writer->segment(segment);
  return text += writer->end(transcript);
}

}  // namespace sotto::transcript
