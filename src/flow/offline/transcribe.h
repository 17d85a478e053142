#pragma once

#include <functional>
#include <memory>

#include "base/context.h"
#include "base/result.h"
#include "speech/asr/recognizer.h"
#include "speech/audio/audio_stream.h"
#include "speech/vad/segmenter.h"
#include "transcript/types.h"

namespace sotto::offline {

/// The parts that a transcription works with; they outlive it and serve many at once.
struct TranscribeParts {
  audio::MediaHelper& media;
  asr::Recognizer& recognizer;
  /// A detector for one channel of one recording.
  std::function<std::unique_ptr<vad::Vad>()> make_vad;
};

struct TranscribeOptions {
  audio::DecodeOptions decode;
  asr::DecodeOptions recognition;
  vad::SegmenterOptions segments;
  /// Segments of this recording that may be on their way at a time; decoding waits beyond it. Two a
  /// core keep the cores busy, and the sound in memory small.
  std::size_t pending_max = 8;
};

/// Hears of a transcription while it runs, on the thread that runs it.
class TranscriptSink {
 public:
  virtual ~TranscriptSink() = default;
  /// Once, before everything else.
  virtual Result<> on_start(const audio::AudioInfo& info) = 0;
  /// In order of start_ms. An error ends the transcription with it.
  virtual Result<> on_segment(const transcript::Segment& segment) = 0;
  /// Sound up to here has been recognised.
  virtual void on_progress(transcript::Milliseconds done_ms) = 0;
};

/// One recording to text: decodes, finds speech, recognises, and hands each segment over as soon as
/// those before it are done. Returns the transcript without its segments: duration, language,
/// truncated, warnings. Memory does not grow with the recording.
///
/// Blocks until the end. Errors: those of the source, of audio::AudioStream, of the recognizer, of
/// the sink, and the context's.
Result<transcript::Transcript> transcribe(const CallContext& context, const TranscribeParts& parts,
                                          audio::ByteSource& source,
                                          const TranscribeOptions& options, TranscriptSink& sink);

}  // namespace sotto::offline
