#include "speech/audio/audio_stream.h"

#include <algorithm>
#include <cstring>
#include <poll.h>
#include <utility>

#include "base/check.h"
#include "media/protocol/failure.h"
#include "media/protocol/messages.h"
#include "media/protocol/packet_socket.h"

namespace sotto::audio {
namespace {

using media::Transfer;
using transcript::Warning;

/// How long the server may take to report a death that the closed socket has shown.
constexpr std::chrono::seconds kReportMax{5};

static_assert(kSampleRate == static_cast<int>(media::kSampleRate));

Error violation(const char* what) {
  return Error(ErrorCode::kInternal, "media.protocol_violation",
               "The media decoder and Sotto did not understand each other.")
      .with_detail(what);
}

media::ChannelMode mode_of(Channels channels) {
  switch (channels) {
    case Channels::kMix:
      return media::ChannelMode::kMix;
    case Channels::kPick:
      return media::ChannelMode::kPick;
    case Channels::kEach:
      return media::ChannelMode::kEach;
  }
  return media::ChannelMode::kMix;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

std::vector<Warning> warnings_of(const media::Done& done) {
  std::vector<Warning> warnings;
  if (done.damaged_frame_count > 0)
    warnings.push_back(
        {.reason = "media.damaged_frames",
         .message = counted(done.damaged_frame_count, "damaged frame was", "damaged frames were") +
                    " left out of the audio."});
  if (done.non_finite_count > 0)
    warnings.push_back({.reason = "media.non_finite_samples",
                        .message = counted(done.non_finite_count, "sample was", "samples were") +
                                   " infinite or not a number and became silence."});
  if (done.clock_restart_count > 0)
    warnings.push_back(
        {.reason = "media.clock_restarted",
         .message = "The file's clock jumped back " +
                    counted(done.clock_restart_count, "time", "times") +
                    "; what followed was laid behind what was there, so later times may differ "
                    "from the file's own."});
  return warnings;
}

}  // namespace

/// The conversation with one decoder.
class AudioStream::Session {
 public:
  Session(MediaHelper& helper, ByteSource& source) : helper_(helper), source_(source) {}

  Result<> open(const CallContext& context, const DecodeOptions& options, bool probe_only) {
    SOTTO_ASSIGN(job_, helper_.start_job(context));
    SOTTO_TRY(say(context, media::Open{.size = source_.size(),
                                       .seekable = source_.seekable(),
                                       .probe_only = probe_only,
                                       .mode = mode_of(options.channels),
                                       .channel = options.channel,
                                       .extension = options.extension}));
    while (!info_) SOTTO_TRY(step(context));
    return {};
  }

  const AudioInfo& info() const {
    SOTTO_CHECK(info_.has_value());
    return *info_;
  }

  Result<std::size_t> read(const CallContext& context, std::span<float> samples) {
    const std::size_t channels = info().output_channels;
    SOTTO_CHECK(samples.size() >= channels);
    while (taken_ == samples_.size()) {
      if (error_) return *error_;
      if (done_) return std::size_t{0};
      auto stepped = step(context);
      if (stepped) continue;
      error_ = std::move(stepped).error();
      job_.reset();
    }
    const std::size_t frames =
        std::min(samples.size() / channels, (samples_.size() - taken_) / channels);
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(taken_), frames * channels,
                samples.begin());
    taken_ += frames * channels;
    frame_count_ += frames;
    return frames;
  }

  Result<DecodeSummary> finish() const {
    if (error_) return *error_;
    if (!done_ || taken_ != samples_.size())
      return SOTTO_BUG("finish() before the end of the audio");
    return DecodeSummary{.duration_ms = static_cast<transcript::Milliseconds>(
                             (frame_count_ * 1000 + kSampleRate / 2) / kSampleRate),
                         .truncated = done_->truncated,
                         .warnings = warnings_of(*done_)};
  }

 private:
  /// Takes one message and does what it asks.
  Result<> step(const CallContext& context) {
    SOTTO_ASSIGN(media::FromChild message, receive(context));
    if (const auto* read = std::get_if<media::Read>(&message)) return answer(context, *read);
    if (std::holds_alternative<media::NeedSeek>(message)) return make_seekable(context);
    if (auto* info = std::get_if<media::Info>(&message)) return take_info(std::move(*info));
    if (const auto* pcm = std::get_if<media::Pcm>(&message)) return take_samples(*pcm);
    if (const auto* done = std::get_if<media::Done>(&message)) {
      if (!info_) return violation("an end before a beginning");
      done_ = *done;
      return {};
    }
    if (const auto* failed = std::get_if<media::Failed>(&message)) return media::to_error(*failed);
    return violation("a message that has no place here");
  }

  Result<media::FromChild> receive(const CallContext& context) {
    for (;;) {
      SOTTO_ASSIGN(const bool ready,
                   media::wait_for(context, job_->socket(), POLLIN, helper_.options().silence_max));
      if (!ready)
        return Error(ErrorCode::kInternal, "media.helper_stuck",
                     "The media decoder got stuck on this file and was stopped. The file is "
                     "probably damaged; converting it to WAV or FLAC may help.");
      SOTTO_ASSIGN(const media::Packet packet,
                   media::receive(job_->socket(), buffer_, media::Waiting::kNo));
      if (packet.transfer == Transfer::kClosed) return death(context);
      if (packet.transfer == Transfer::kDone) return media::decode_from_child(packet.bytes);
    }
  }

  Result<> say(const CallContext& context, const media::ToChild& message) {
    const std::vector<std::byte> packet = media::encode(message);
    for (;;) {
      const Transfer sent = media::send(job_->socket(), packet, media::Waiting::kNo);
      if (sent == Transfer::kDone) return {};
      if (sent == Transfer::kClosed) return death(context);
      SOTTO_ASSIGN(const bool ready, media::wait_for(context, job_->socket(), POLLOUT,
                                                     helper_.options().silence_max));
      if (!ready) return violation("the decoder does not take what it asked for");
    }
  }

  Error death(const CallContext& context) {
    const auto soon = context.sooner(std::chrono::steady_clock::now() + kReportMax);
    const auto exit = job_->end(soon);
    if (!exit && exit.error().code() == ErrorCode::kCancelled) return exit.error();
    std::optional<runtime::ChildExit> known;
    if (exit) known = *exit;
    const std::string how = known ? known->describe() : "its server ended";
    return Error(ErrorCode::kInternal, "media.helper_died",
                 "The media decoder died while reading this file (" + how +
                     "). The file is probably damaged; converting it to WAV or FLAC may help.");
  }

  Result<> answer(const CallContext& context, const media::Read& read) {
    media::Data data;
    data.bytes.resize(read.length);
    SOTTO_ASSIGN(const std::size_t count, source_.read_at(context, read.offset, data.bytes));
    data.bytes.resize(count);
    return say(context, std::move(data));
  }

  Result<> make_seekable(const CallContext& context) {
    SOTTO_TRY(source_.make_seekable(context));
    return say(context, media::Seekable{.size = source_.size().value_or(0)});
  }

  Result<> take_info(media::Info info) {
    if (info_) return violation("a second beginning");
    info_ = AudioInfo{.container = std::move(info.container),
                      .codec = std::move(info.codec),
                      .sample_rate = info.sample_rate,
                      .channels = info.channels,
                      .output_channels = info.output_channels,
                      .start_ms = std::max<std::int64_t>(0, info.start_ms),
                      .duration_ms = info.duration_ms};
    return {};
  }

  Result<> take_samples(const media::Pcm& pcm) {
    if (!info_ || done_) return violation("samples outside the audio");
    samples_.resize(pcm.bytes.size() / sizeof(float));
    if (samples_.size() % info_->output_channels != 0) return violation("half a frame of samples");
    std::memcpy(samples_.data(), pcm.bytes.data(), samples_.size() * sizeof(float));
    taken_ = 0;
    return {};
  }

  MediaHelper& helper_;
  ByteSource& source_;
  std::unique_ptr<MediaJob> job_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(media::kPacketMax);
  std::optional<AudioInfo> info_;
  std::vector<float> samples_;  // Of the last message.
  std::size_t taken_ = 0;       // How many of them were read.
  std::uint64_t frame_count_ = 0;
  std::optional<media::Done> done_;
  std::optional<Error> error_;
};

AudioStream::AudioStream(std::unique_ptr<Session> session) : session_(std::move(session)) {}

AudioStream::~AudioStream() = default;

Result<std::unique_ptr<AudioStream>> AudioStream::open(const CallContext& context,
                                                       MediaHelper& helper, ByteSource& source,
                                                       const DecodeOptions& options) {
  auto session = std::make_unique<Session>(helper, source);
  SOTTO_TRY(session->open(context, options, false));
  return std::unique_ptr<AudioStream>(  // NOLINT: private constructor.
      new AudioStream(std::move(session)));
}

const AudioInfo& AudioStream::info() const { return session_->info(); }

Result<std::size_t> AudioStream::read(const CallContext& context, std::span<float> samples) {
  return session_->read(context, samples);
}

Result<DecodeSummary> AudioStream::finish() const { return session_->finish(); }

Result<AudioInfo> probe(const CallContext& context, MediaHelper& helper, ByteSource& source,
                        const DecodeOptions& options) {
  AudioStream::Session session(helper, source);
  SOTTO_TRY(session.open(context, options, true));
  return session.info();
}

}  // namespace sotto::audio
