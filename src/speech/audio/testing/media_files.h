#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "speech/audio/audio_stream.h"

namespace sotto::audio {

/// What came of decoding one source to its end.
struct Decoded {
  AudioInfo info;
  std::vector<float> samples;
  DecodeSummary summary;

  double seconds() const;
  /// Root mean square between two times, of output channel `channel`.
  double level(double from_s, double to_s, std::size_t channel = 0) const;
};

/// The helper as the build makes it (SOTTO_BINARY_DIR).
MediaHelperOptions built_helper();

/// A context long enough for any test, so that one that hangs fails instead.
CallContext soon();

/// Runs the ffmpeg command with `arguments` and `output` as its last; fails the test where it does.
void make_file(const std::vector<std::string>& arguments, const std::filesystem::path& output);

/// A process that writes the file into its output, a pipe; it must outlive the reading.
runtime::ChildProcess cat(const std::filesystem::path& file);

Result<Decoded> decode(MediaHelper& helper, ByteSource& source, const DecodeOptions& options = {});
Result<Decoded> decode_file(MediaHelper& helper, const std::filesystem::path& file,
                            const DecodeOptions& options = {});
Result<Decoded> decode_pipe(MediaHelper& helper, const std::filesystem::path& file,
                            const DecodeOptions& options = {});

}  // namespace sotto::audio
