#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>

#include "media/input.h"
#include "media/protocol/messages.h"

struct AVInputFormat;

namespace sotto::media {

/// How much of a file's beginning is looked at to tell what it is. FFmpeg's own limit; the caller
/// of a pipe keeps as much in memory (speech/audio's PipeSource).
inline constexpr std::size_t kProbeMax = std::size_t{1} << 20;

/// What a file is.
struct Format {
  const AVInputFormat* demuxer = nullptr;
  /// Few bytes speak for it: where they do not decode either, it was something else.
  bool doubtful = false;
  /// Cannot be read from front to back.
  bool needs_seeking = false;
  /// Where the file ends by its own words (extent.h).
  std::optional<std::uint64_t> declared_end;
};

/// Tells the container by the file's first bytes, or by `extension` for the few raw formats that
/// have neither header nor choice of rate. Failed for what is no audio or video file; nothing at
/// all where the input failed.
std::variant<std::monostate, Format, Failed> tell_format(Input& input,
                                                         const std::string& extension);

/// Comma-separated names for AVFormatContext's whitelists: no demuxer that opens other files, needs
/// a network or a device, or reads pictures or subtitles; no decoder but audio's.
const std::string& allowed_demuxers();
const std::string& allowed_decoders();

}  // namespace sotto::media
