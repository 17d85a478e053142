#include "media/decoder.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "media/demuxer.h"
#include "media/formats.h"
#include "media/resampler.h"
#include "media/timeline.h"

namespace sotto::media {
namespace {

constexpr int kRateMin = 4'000;
constexpr int kRateMax = 768'000;
/// The most that one frame may hold: FFmpeg's own allocations stop at kAllocationMax anyway.
constexpr std::size_t kAllocationMax = std::size_t{256} << 20;
constexpr std::size_t kBatchSamples = kPayloadMax / sizeof(float);
constexpr std::int64_t kSecond = 1'000'000;
/// Less than this may be missing without a word: encoders round what they promise.
constexpr std::int64_t kMissingMax = kSecond / 2;

std::string clock_text(std::int64_t us) {
  const std::int64_t seconds = us / kSecond;
  const std::int64_t days = seconds / 86'400;
  std::string text = days > 0 ? std::to_string(days) + " days " : "";
  text += std::to_string(seconds / 3600 % 24) + " h " + std::to_string(seconds / 60 % 60) +
          " min " + std::to_string(seconds % 60) + " s";
  return text;
}

Failed gap_failure(const Placement& placement, std::int64_t at_us) {
  const bool is_one = placement.kind == Placement::Kind::kGapTooLong;
  return {.kind = FailureKind::kGapTooLong,
          .message = (is_one ? "The file's clock jumps ahead by "
                             : "The gaps of the file's clock add up to ") +
                     clock_text(placement.us) + " at " + clock_text(at_us) + "; gaps up to " +
                     (is_one ? "10 minutes" : "a day in all") +
                     " become silence. Cut the file there, or repair its timestamps."};
}

/// One file's decoding, from its open demuxer on.
class Decoding {
 public:
  Decoding(const Open& request, const Format& format, Input& input, Output& output)
      : request_(request), format_(format), input_(input), output_(output) {}

  void run();

 private:
  bool open();
  bool open_decoder();
  bool say_info();
  bool take_packets();
  bool take_frames();
  bool take_frame(AVFrame& frame);
  bool check_frame(const AVFrame& frame);
  bool lay_silence_until(std::int64_t end_us);
  bool hand_over(bool everything);
  bool hand_over_batch(std::size_t count);
  void finish();
  bool fail(const Failed& failed);

  const Open& request_;
  const Format& format_;
  Input& input_;
  Output& output_;
  std::unique_ptr<Demuxer> demuxer_;
  internal::CodecPtr codec_;
  std::unique_ptr<Resampler> resampler_;
  Timeline timeline_;
  std::uint32_t output_channels_ = 1;
  std::vector<float> pending_;       // Converted, not handed over.
  std::uint64_t handed_over_ = 0;    // Frames (samples per channel).
  std::uint64_t decoded_count_ = 0;  // Frames of the codec.
  Done done_;
};

bool Decoding::fail(const Failed& failed) {
  if (!input_.failed()) output_.failed(failed);
  return false;
}

bool Decoding::open() {
  auto opened = Demuxer::open(input_, format_);
  if (auto* failed = std::get_if<Failed>(&opened)) return fail(*failed);
  if (auto* demuxer = std::get_if<std::unique_ptr<Demuxer>>(&opened)) {
    demuxer_ = std::move(*demuxer);
    return true;
  }
  return false;
}

bool Decoding::open_decoder() {
  codec_.reset(avcodec_alloc_context3(&demuxer_->decoder()));
  SOTTO_CHECK(codec_ != nullptr);
  const AVStream& stream = demuxer_->stream();
  int result = avcodec_parameters_to_context(codec_.get(), stream.codecpar);
  if (result >= 0) {
    codec_->pkt_timebase = stream.time_base;
    codec_->thread_count = 1;  // The sandbox of a child will not let it start threads.
    // A frame whose checksum is wrong is noise at full volume: silence is the better guess.
    if (stream.codecpar->codec_id == AV_CODEC_ID_FLAC)
      codec_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
    result = avcodec_open2(codec_.get(), &demuxer_->decoder(), nullptr);
  }
  if (result >= 0) return true;
  return fail({.kind = FailureKind::kDecodeFailed,
               .message = std::string("The audio (") + demuxer_->decoder().name +
                          ") cannot be decoded: its header is damaged.",
               .detail = internal::av_text(result)});
}

bool Decoding::say_info() {
  const AVCodecParameters& parameters = *demuxer_->stream().codecpar;
  // Some codecs tell rate and channels only in their first frame; the decoder knows them then.
  const int rate = parameters.sample_rate > 0 ? parameters.sample_rate : codec_->sample_rate;
  const int channels = parameters.ch_layout.nb_channels > 0 ? parameters.ch_layout.nb_channels
                                                            : codec_->ch_layout.nb_channels;
  if (rate < kRateMin || rate > kRateMax)
    return fail({.kind = FailureKind::kUnsupported,
                 .message = "The audio has a sample rate of " + std::to_string(rate) +
                            " Hz; 4,000 to 768,000 can be decoded."});
  if (channels < 1)
    return fail({.kind = FailureKind::kDecodeFailed,
                 .message = "The file does not say how many channels its audio has."});
  const auto count = static_cast<std::uint32_t>(channels);
  if (request_.mode == ChannelMode::kPick && request_.channel >= count)
    return fail({.kind = FailureKind::kBadChannel,
                 .message = "There is no channel " + std::to_string(request_.channel) +
                            ": the audio has " + std::to_string(count) +
                            (count == 1 ? " channel, number 0."
                                        : " channels, 0 to " + std::to_string(count - 1) + ".")});
  output_channels_ = request_.mode == ChannelMode::kEach ? count : 1;
  resampler_ = std::make_unique<Resampler>(request_.mode, request_.channel, output_channels_);
  Info info{.container = demuxer_->container(),
            .codec = avcodec_get_name(parameters.codec_id),
            .sample_rate = static_cast<std::uint32_t>(rate),
            .channels = count,
            .output_channels = output_channels_,
            .start_ms = demuxer_->audio_start_us() / 1000};
  if (const auto duration = demuxer_->duration_us()) info.duration_ms = *duration / 1000;
  return output_.info(info);
}

bool Decoding::hand_over_batch(std::size_t count) {
  if (!output_.samples(std::span(pending_).first(count))) return false;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  handed_over_ += count / output_channels_;
  return true;
}

bool Decoding::hand_over(bool everything) {
  const std::size_t batch = kBatchSamples / output_channels_ * output_channels_;
  while (pending_.size() >= batch)
    if (!hand_over_batch(batch)) return false;
  return !everything || pending_.empty() || hand_over_batch(pending_.size());
}

bool Decoding::lay_silence_until(std::int64_t end_us) {
  // The silence fills up to the clock's place, so what rounding and jitter left is made good.
  resampler_->flush(pending_);
  if (!hand_over(true)) return false;
  const auto target = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, av_rescale(end_us, kSampleRate, kSecond)));
  while (handed_over_ < target) {
    const std::uint64_t frames =
        std::min<std::uint64_t>(target - handed_over_, kBatchSamples / output_channels_);
    pending_.assign(static_cast<std::size_t>(frames) * output_channels_, 0.0F);
    if (!hand_over(true)) return false;
  }
  return true;
}

bool Decoding::check_frame(const AVFrame& frame) {
  const int channels = frame.ch_layout.nb_channels;
  if (channels > static_cast<int>(kChannelsMax))
    return fail({.kind = FailureKind::kTooManyChannels,
                 .message = "The audio changes to " + std::to_string(channels) +
                            " channels; at most " + std::to_string(kChannelsMax) +
                            " can be decoded."});
  if (frame.sample_rate < kRateMin || frame.sample_rate > kRateMax || channels < 1)
    return fail({.kind = FailureKind::kUnsupported,
                 .message = "The audio changes to a sample rate of " +
                            std::to_string(frame.sample_rate) +
                            " Hz; 4,000 to 768,000 can be decoded."});
  return true;
}

bool Decoding::take_frame(AVFrame& frame) {
  if (frame.nb_samples <= 0) return true;
  if (!check_frame(frame)) return false;
  ++decoded_count_;
  if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0)
    ++done_.damaged_frame_count;
  std::optional<std::int64_t> start_us;
  if (frame.best_effort_timestamp != AV_NOPTS_VALUE) {
    constexpr std::int64_t kTimeMax = std::numeric_limits<std::int64_t>::max() / 16;
    const std::int64_t us =
        av_rescale_q(frame.best_effort_timestamp, demuxer_->stream().time_base, {1, AV_TIME_BASE});
    start_us = std::clamp(us, -kTimeMax, kTimeMax) - demuxer_->origin_us();
  }
  const Placement placement = timeline_.place(start_us);
  int skip = 0;
  switch (placement.kind) {
    case Placement::Kind::kFollows:
      break;
    case Placement::Kind::kSilence:
      if (!lay_silence_until(timeline_.end_us())) return false;
      break;
    case Placement::Kind::kTrim:
      skip = static_cast<int>(std::min<std::int64_t>(
          frame.nb_samples, av_rescale(placement.us, frame.sample_rate, kSecond)));
      break;
    case Placement::Kind::kGapTooLong:
    case Placement::Kind::kGapsTooLong:
      return fail(gap_failure(placement, timeline_.end_us()));
  }
  timeline_.follow(frame.nb_samples - skip, frame.sample_rate);
  if (!resampler_->convert(frame, skip, pending_)) {
    ++done_.damaged_frame_count;
    timeline_.lost_something();
  }
  return hand_over(false);
}

bool Decoding::take_frames() {
  const internal::FramePtr frame(av_frame_alloc());
  SOTTO_CHECK(frame != nullptr);
  for (;;) {
    const int result = avcodec_receive_frame(codec_.get(), frame.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return true;
    if (result < 0) {
      ++done_.damaged_frame_count;
      timeline_.lost_something();
      return true;
    }
    if (!take_frame(*frame)) return false;
  }
}

bool Decoding::take_packets() {
  const internal::PacketPtr packet(av_packet_alloc());
  SOTTO_CHECK(packet != nullptr);
  while (demuxer_->next(*packet)) {
    const int sent = avcodec_send_packet(codec_.get(), packet.get());
    av_packet_unref(packet.get());
    if (sent < 0 && sent != AVERROR(EAGAIN) && sent != AVERROR_EOF) {
      ++done_.damaged_frame_count;
      timeline_.lost_something();
    }
    if (!take_frames() || input_.abandoned()) return false;
  }
  if (input_.failed()) return false;
  avcodec_send_packet(codec_.get(), nullptr);  // The decoder gives what it held back.
  return take_frames();
}

void Decoding::finish() {
  resampler_->flush(pending_);
  if (!hand_over(true)) return;
  if (decoded_count_ == 0 && format_.doubtful) {
    fail({.kind = FailureKind::kUnsupported,
          .message = "This is not a known audio or video format. Give an audio or video file."});
    return;
  }
  done_.truncated = demuxer_->missing_us(timeline_.end_us()) > kMissingMax;
  if (decoded_count_ == 0 && (done_.damaged_frame_count > 0 || done_.truncated)) {
    fail({.kind = FailureKind::kDecodeFailed,
          .message = std::string("Nothing of the audio (") + demuxer_->decoder().name +
                     ") could be decoded: the file is damaged. Give an intact copy."});
    return;
  }
  done_.non_finite_count = resampler_->non_finite_count();
  done_.clock_restart_count = timeline_.restart_count();
  output_.done(done_);
}

void Decoding::run() {
  if (!open() || !open_decoder() || !say_info()) return;
  if (request_.probe_only) {
    output_.done({});
    return;
  }
  if (take_packets()) finish();
}

}  // namespace

void initialise_libraries() {
  av_log_set_level(AV_LOG_QUIET);
  av_max_alloc(kAllocationMax);
  // Built once, before the first fork, so that children share them.
  (void)allowed_demuxers();
  (void)allowed_decoders();
}

void decode(const Open& request, Input& input, Output& output) {
  auto told = tell_format(input, request.extension);
  if (auto* failed = std::get_if<Failed>(&told)) {
    output.failed(*failed);
    return;
  }
  const auto* format = std::get_if<Format>(&told);
  if (format == nullptr) return;
  if (format->needs_seeking && !input.seekable() && !input.make_seekable()) return;
  Decoding(request, *format, input, output).run();
}

}  // namespace sotto::media
