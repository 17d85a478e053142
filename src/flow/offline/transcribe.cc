#include "flow/offline/transcribe.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "flow/offline/segment_merge.h"

namespace sotto::offline {
namespace {

// Half a second a read: short enough that results are handed over while decoding goes on.
constexpr std::size_t kReadFrames = audio::kSampleRate / 2;
static_assert(audio::kSampleRate == vad::kSampleRate && vad::kSampleRate == asr::kSampleRate);

transcript::Milliseconds to_ms(std::int64_t samples) { return samples * 1000 / audio::kSampleRate; }

asr::AudioSegment to_audio(vad::SpeechSegment speech, std::optional<int> channel) {
  asr::AudioSegment segment{.start_ms = to_ms(speech.start_sample), .channel = channel};
  segment.end_ms = to_ms(speech.start_sample + static_cast<std::int64_t>(speech.samples.size()));
  for (const vad::SpeechInterval& interval : speech.speech) {
    segment.speech.push_back({static_cast<std::size_t>(interval.start_sample - speech.start_sample),
                              static_cast<std::size_t>(interval.end_sample - speech.start_sample)});
  }
  segment.samples = std::move(speech.samples);
  return segment;
}

/// One transcription on its way.
class Transcription {
 public:
  Transcription(const CallContext& context, const TranscribeParts& parts,
                const TranscribeOptions& options, TranscriptSink& sink)
      : context_(context), parts_(parts), options_(options), sink_(sink), merge_(1) {}

  Result<transcript::Transcript> run(audio::ByteSource& source) {
    SOTTO_ASSIGN(const auto stream,
                 audio::AudioStream::open(context_, parts_.media, source, options_.decode));
    SOTTO_TRY(start(stream->info()));
    std::vector<float> frames(kReadFrames * channels_.size());
    for (;;) {
      SOTTO_ASSIGN(const std::size_t count, stream->read(context_, frames));
      if (count == 0) break;
      SOTTO_TRY(hear(std::span(frames).first(count * channels_.size())));
      SOTTO_TRY(give_out(options_.pending_max));
    }
    SOTTO_TRY(finish());
    SOTTO_ASSIGN(audio::DecodeSummary summary, stream->finish());
    return transcript::Transcript{.language = std::move(language_),
                                  .duration_ms = summary.duration_ms,
                                  .truncated = summary.truncated,
                                  .warnings = std::move(summary.warnings)};
  }

 private:
  struct Channel {
    vad::Segmenter segmenter;
    std::optional<int> label;
  };

  Result<> start(const audio::AudioInfo& info) {
    for (std::uint32_t i = 0; i < info.output_channels; ++i) {
      SOTTO_ASSIGN(auto segmenter, vad::Segmenter::create(parts_.make_vad(), options_.segments));
      channels_.push_back({std::move(segmenter), label_of(i)});
    }
    merge_ = SegmentMerge(channels_.size());
    return sink_.on_start(info);
  }

  std::optional<int> label_of(std::uint32_t index) const {
    switch (options_.decode.channels) {
      case audio::Channels::kMix:
        return std::nullopt;
      case audio::Channels::kPick:
        return static_cast<int>(options_.decode.channel);
      case audio::Channels::kEach:
        return static_cast<int>(index);
    }
    SOTTO_CHECK(false);
  }

  /// The next interleaved frames.
  Result<> hear(std::span<const float> frames) {
    const std::size_t count = frames.size() / channels_.size();
    heard_samples_ += static_cast<std::int64_t>(count);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      mono_.resize(count);
      for (std::size_t i = 0; i < count; ++i) mono_[i] = frames[i * channels_.size() + c];
      found_.clear();
      SOTTO_TRY(channels_[c].segmenter.push(context_, mono_, found_));
      SOTTO_TRY(submit(c));
      merge_.settle(c, to_ms(channels_[c].segmenter.settled_sample()));
    }
    return {};
  }

  /// Sends what the segmenter of a channel has found to the recognizer.
  Result<> submit(std::size_t channel) {
    for (vad::SpeechSegment& speech : found_) {
      asr::AudioSegment segment = to_audio(std::move(speech), channels_[channel].label);
      const transcript::Milliseconds start_ms = segment.start_ms;
      SOTTO_ASSIGN(auto ticket,
                   parts_.recognizer.submit(context_, std::move(segment), options_.recognition));
      merge_.add({start_ms, channel, std::move(ticket)});
    }
    return {};
  }

  /// Hands over what is ready, and waits while more than `pending_max` segments are on their way.
  Result<> give_out(std::size_t pending_max) {
    SOTTO_TRY(merge_.collect());
    SOTTO_TRY(hand_over_ready());
    while (merge_.pending_count() > pending_max) {
      SOTTO_TRY(merge_.wait_earliest(context_));
      SOTTO_TRY(hand_over_ready());
    }
    sink_.on_progress(std::min(merge_.done_ms(), to_ms(heard_samples_)));
    return {};
  }

  Result<> hand_over_ready() {
    for (;;) {
      const auto segment = merge_.next();
      if (!segment) return {};
      SOTTO_TRY(hand_over(*segment));
    }
  }

  Result<> hand_over(const transcript::Segment& segment) {
    // The transcript's language is that of its segments, while they agree.
    if (segment_count_++ == 0) {
      language_ = segment.language;
    } else if (segment.language != language_) {
      language_.clear();
    }
    return sink_.on_segment(segment);
  }

  Result<> finish() {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      found_.clear();
      SOTTO_TRY(channels_[c].segmenter.finish(context_, found_));
      SOTTO_TRY(submit(c));
      merge_.settle(c, SegmentMerge::kEnd);
    }
    return give_out(0);
  }

  const CallContext& context_;
  const TranscribeParts& parts_;
  const TranscribeOptions& options_;
  TranscriptSink& sink_;
  std::vector<Channel> channels_;
  SegmentMerge merge_;
  std::vector<float> mono_;                // Scratch of hear().
  std::vector<vad::SpeechSegment> found_;  // Scratch of hear() and finish().
  std::int64_t heard_samples_ = 0;
  std::size_t segment_count_ = 0;
  std::string language_;
};

}  // namespace

Result<transcript::Transcript> transcribe(const CallContext& context, const TranscribeParts& parts,
                                          audio::ByteSource& source,
                                          const TranscribeOptions& options, TranscriptSink& sink) {
  return Transcription(context, parts, options, sink).run(source);
}

}  // namespace sotto::offline
