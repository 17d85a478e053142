#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "speech/audio/byte_source.h"
#include "speech/audio/media_helper.h"
#include "transcript/types.h"

namespace sotto::audio {

/// The rate of everything that AudioStream gives.
inline constexpr int kSampleRate = 16000;

/// Which of a file's channels to decode.
enum class Channels : std::uint8_t {
  kMix,   ///< All, mixed to one; speech in the centre of a film weighs most.
  kPick,  ///< One of them.
  kEach,  ///< All, side by side.
};

struct DecodeOptions {
  Channels channels = Channels::kMix;
  /// For kPick, from 0.
  std::uint32_t channel = 0;
  /// The file name's extension in lower case without the dot, where there is a name: only used for
  /// the few formats that cannot be told by their content ("gsm", "g722") and for error messages.
  std::string extension;
};

/// What a file says about its audio.
struct AudioInfo {
  std::string container;                  ///< FFmpeg's name, e.g. "matroska,webm".
  std::string codec;                      ///< FFmpeg's name, e.g. "opus".
  std::uint32_t sample_rate = 0;          ///< Of the file; what is read has kSampleRate.
  std::uint32_t channels = 0;             ///< Of the file.
  std::uint32_t output_channels = 0;      ///< Of what is read: 1, or all under Channels::kEach.
  transcript::Milliseconds start_ms = 0;  ///< When the audio begins; silence is read until then.
  /// By the header, or guessed from the size: right for a progress bar, not to be relied on.
  std::optional<transcript::Milliseconds> duration_ms;
};

/// What is known once everything was read.
struct DecodeSummary {
  transcript::Milliseconds duration_ms = 0;  ///< Of what was read.
  bool truncated = false;                    ///< The file promised more than there was.
  std::vector<transcript::Warning> warnings;
};

/// The audio of one file as 16 kHz floats, decoded in a process of its own as it is read.
///
/// Pull-based: read() waits for samples and meanwhile answers the decoder's own requests for bytes,
/// on the calling thread; while nobody reads, the decoder stands still behind a full socket. Time 0
/// is the start of the container's clock. One thread. Bounded memory, whatever the file's length.
///
/// Any error ends the stream (the context's too): later calls give it again. Errors, besides the
/// source's and the context's own: media.empty, media.unsupported, media.no_audio,
/// media.too_many_channels, media.bad_channel, media.gap_too_long, media.decode_failed (the file's
/// fault); media.helper_missing, media.helper_died, media.helper_stuck, media.protocol_violation.
class AudioStream {
 public:
  /// Returns once the file's header is read. `helper` and `source` must outlive the stream.
  static Result<std::unique_ptr<AudioStream>> open(const CallContext& context, MediaHelper& helper,
                                                   ByteSource& source,
                                                   const DecodeOptions& options);
  /// Kills the decoder where it still works.
  ~AudioStream();
  AudioStream(const AudioStream&) = delete;
  AudioStream& operator=(const AudioStream&) = delete;

  const AudioInfo& info() const;

  /// Fills `samples` with whole frames (one sample of each output channel, interleaved) as far as
  /// some are there: at least one frame, or 0 at the end. Gives the number of frames.
  /// `samples` must have room for a frame.
  Result<std::size_t> read(const CallContext& context, std::span<float> samples);

  /// Call once read() has given 0.
  Result<DecodeSummary> finish() const;

 private:
  friend Result<AudioInfo> probe(const CallContext& context, MediaHelper& helper,
                                 ByteSource& source, const DecodeOptions& options);
  class Session;
  explicit AudioStream(std::unique_ptr<Session> session);

  const std::unique_ptr<Session> session_;
};

/// Only what the header says, without decoding. The errors are AudioStream::open's.
Result<AudioInfo> probe(const CallContext& context, MediaHelper& helper, ByteSource& source,
                        const DecodeOptions& options);

}  // namespace sotto::audio
