#include "media/demuxer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "media/extent.h"

namespace sotto::media {
namespace {

using internal::av_text;

constexpr int kIoBufferSize = static_cast<int>(kPayloadMax);  // One Read message a refill.
constexpr unsigned kStreamsMax = 128;   // A film has some dozens; each costs FFmpeg some kilobytes.
constexpr int kErrorsInARowMax = 1000;  // A container that is only noise from here on.
// What find_origin() may hold: films interleave their streams far more closely than this.
constexpr std::size_t kReadAheadMax = std::size_t{8} << 20;
constexpr std::size_t kReadAheadPacketsMax = 1000;
constexpr std::int64_t kTimeMax = std::numeric_limits<std::int64_t>::max() / 16;
constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

std::int64_t to_us(std::int64_t value, AVRational base) {
  return std::clamp(av_rescale_q(value, base, kMicroseconds), -kTimeMax, kTimeMax);
}

int refuse_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

Failed unreadable(const Format& format, int error_number) {
  const std::string_view name(format.demuxer->name);
  std::string message = "The file is damaged: its " + std::string(name) + " header cannot be read.";
  if (name.starts_with("mov,"))
    message =
        "This MP4 or MOV file cannot be read: its index (the moov box) is missing or damaged. The "
        "recording was cut off or never finished; give a complete copy.";
  if (format.doubtful)
    return {.kind = FailureKind::kUnsupported,
            .message = "This is not a known audio or video format. Give an audio or video file.",
            .detail = av_text(error_number)};
  return {.kind = FailureKind::kDecodeFailed,
          .message = std::move(message),
          .detail = av_text(error_number)};
}

}  // namespace

struct Demuxer::Io {
  Input& input;
  std::uint64_t position = 0;
  std::optional<std::uint64_t> end;  // Where a read found the end.

  static int read(void* opaque, std::uint8_t* buffer, int size) {
    auto& io = *static_cast<Io*>(opaque);
    if (size <= 0) return AVERROR(EINVAL);
    const auto count = io.input.read_at(
        io.position, std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size))));
    if (!count) return AVERROR_EXIT;
    if (*count == 0) {
      io.end = std::min(io.end.value_or(io.position), io.position);
      return AVERROR_EOF;
    }
    io.position += *count;
    return static_cast<int>(*count);
  }

  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
    auto& io = *static_cast<Io*>(opaque);
    const auto size = io.input.size();
    if ((whence & AVSEEK_SIZE) != 0)
      return size ? static_cast<std::int64_t>(*size) : AVERROR(ENOSYS);
    std::int64_t target = offset;
    whence &= ~AVSEEK_FORCE;
    if (whence == SEEK_CUR) target += static_cast<std::int64_t>(io.position);
    if (whence == SEEK_END) {
      if (!size) return AVERROR(ENOSYS);
      target += static_cast<std::int64_t>(*size);
    }
    if (target < 0) return AVERROR(EINVAL);
    io.position = static_cast<std::uint64_t>(target);
    return target;
  }

  static int interrupted(void* opaque) {
    return static_cast<Io*>(opaque)->input.abandoned() ? 1 : 0;
  }
};

Demuxer::Demuxer(Input& input, const Format& format)
    : input_(input), format_(format), io_state_(std::make_unique<Io>(Io{.input = input})) {}

Demuxer::~Demuxer() = default;

Demuxer::Opened Demuxer::open(Input& input, const Format& format) {
  std::unique_ptr<Demuxer> demuxer(new Demuxer(input, format));  // NOLINT: private constructor.
  auto failure = demuxer->open_container();
  if (!failure) failure = demuxer->choose_stream();
  if (input.failed()) return {};
  if (failure) return *std::move(failure);
  return demuxer;
}

std::optional<Failed> Demuxer::open_container() {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferSize));
  SOTTO_CHECK(buffer != nullptr);
  const bool seekable = input_.seekable();
  io_.reset(avio_alloc_context(buffer, kIoBufferSize, 0, io_state_.get(), &Io::read, nullptr,
                               seekable ? &Io::seek : nullptr));
  SOTTO_CHECK(io_ != nullptr);
  io_->seekable = seekable ? AVIO_SEEKABLE_NORMAL : 0;

  AVFormatContext* context = avformat_alloc_context();
  SOTTO_CHECK(context != nullptr);
  context->pb = io_.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = &refuse_open;
  context->interrupt_callback = {.callback = &Io::interrupted, .opaque = io_state_.get()};
  context->max_streams = static_cast<int>(kStreamsMax);
  context->protocol_whitelist = av_strdup("");
  context->format_whitelist = av_strdup(allowed_demuxers().c_str());
  context->codec_whitelist = av_strdup(allowed_decoders().c_str());
  // Frees the context where it fails.
  const int opened = avformat_open_input(&context, "", format_.demuxer, nullptr);
  if (opened < 0) return unreadable(format_, opened);
  context_.reset(context);

  // What headers say, before avformat_find_stream_info fills the rest in with guesses.
  std::vector<std::int64_t> durations;
  for (unsigned i = 0; i < context->nb_streams; ++i)
    durations.push_back(context->streams[i]->duration);
  const int found = avformat_find_stream_info(context, nullptr);
  if (found < 0) return unreadable(format_, found);
  const int best = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (best >= 0 && static_cast<std::size_t>(best) < durations.size() &&
      durations[static_cast<std::size_t>(best)] > 0)
    header_duration_ = durations[static_cast<std::size_t>(best)];
  return std::nullopt;
}

std::optional<Failed> Demuxer::choose_stream() {
  const int best = av_find_best_stream(context_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (best < 0) {
    if (format_.doubtful) return unreadable(format_, best);
    return Failed{.kind = FailureKind::kNoAudio,
                  .message =
                      "The file holds no sound, only pictures or other data. Give a file "
                      "with an audio track."};
  }
  stream_ = context_->streams[best];
  const AVCodecParameters& parameters = *stream_->codecpar;
  const int channels = parameters.ch_layout.nb_channels;
  if (channels > static_cast<int>(kChannelsMax))
    return Failed{.kind = FailureKind::kTooManyChannels,
                  .message = "The audio has " + std::to_string(channels) + " channels; at most " +
                             std::to_string(kChannelsMax) +
                             " can be decoded. Mix it down or split it first."};
  decoder_ = avcodec_find_decoder(parameters.codec_id);
  if (decoder_ == nullptr)
    return Failed{.kind = FailureKind::kUnsupported,
                  .message = std::string("The audio is coded as ") +
                             avcodec_get_name(parameters.codec_id) +
                             ", which cannot be decoded here. Convert it to FLAC or WAV."};
  find_origin();
  for (unsigned i = 0; i < context_->nb_streams; ++i)
    if (static_cast<int>(i) != best) context_->streams[i]->discard = AVDISCARD_ALL;
  return std::nullopt;
}

void Demuxer::find_origin() {
  if (context_->start_time != AV_NOPTS_VALUE)
    origin_us_ = std::clamp(context_->start_time, -kTimeMax, kTimeMax);
  // Without a decoder for pictures, which is not allowed here, FFmpeg guesses wrongly when they
  // begin: so the beginning of a film is read until they have shown a timestamp.
  std::vector<bool> awaited(context_->nb_streams, false);
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& stream = *context_->streams[i];
    awaited[i] = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                 (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
  }
  std::size_t bytes = 0;
  while (std::find(awaited.begin(), awaited.end(), true) != awaited.end() &&
         bytes < kReadAheadMax && read_ahead_.size() < kReadAheadPacketsMax) {
    internal::PacketPtr packet(av_packet_alloc());
    SOTTO_CHECK(packet != nullptr);
    if (av_read_frame(context_.get(), packet.get()) < 0) return;
    bytes += static_cast<std::size_t>(std::max(packet->size, 0)) + sizeof(AVPacket);
    const auto index = static_cast<std::size_t>(packet->stream_index);
    const std::int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (index < awaited.size() && awaited[index] && time != AV_NOPTS_VALUE) {
      awaited[index] = false;
      const std::int64_t start = to_us(time, context_->streams[index]->time_base);
      origin_us_ = context_->start_time == AV_NOPTS_VALUE ? start : std::min(origin_us_, start);
    }
    if (packet->stream_index == stream_->index) read_ahead_.push_back(std::move(packet));
  }
}

bool Demuxer::next(AVPacket& packet) {
  if (!read_ahead_.empty()) {
    av_packet_move_ref(&packet, read_ahead_.front().get());
    read_ahead_.pop_front();
    return true;
  }
  for (int errors = 0; errors < kErrorsInARowMax;) {
    const int result = av_read_frame(context_.get(), &packet);
    if (result == AVERROR(EAGAIN)) {
      ++errors;
      continue;
    }
    if (result == AVERROR_EOF || input_.failed()) return false;
    if (result < 0) {
      // A damaged stretch: the demuxer goes on behind it, unless the file ends there.
      if (io_->eof_reached != 0 || io_->error < 0) return false;
      ++errors;
      continue;
    }
    if (packet.stream_index == stream_->index) return true;
    context_->streams[packet.stream_index]->discard = AVDISCARD_ALL;  // One that came up late.
    av_packet_unref(&packet);
  }
  return false;
}

std::int64_t Demuxer::audio_start_us() const {
  if (stream_->start_time == AV_NOPTS_VALUE) return 0;
  return std::max<std::int64_t>(0, to_us(stream_->start_time, stream_->time_base) - origin_us());
}

std::optional<std::int64_t> Demuxer::duration_us() const {
  if (is_placeholder_size()) return std::nullopt;
  if (stream_->duration != AV_NOPTS_VALUE && stream_->duration > 0)
    return to_us(stream_->duration, stream_->time_base);
  if (context_->duration != AV_NOPTS_VALUE && context_->duration > 0)
    return std::min(context_->duration, kTimeMax);
  return std::nullopt;
}

bool Demuxer::is_placeholder_size() const {
  // Who writes WAV or AIFF into a pipe cannot go back to fill the size in, and leaves 0xFFFFFFFF
  // (ffmpeg), 0x7FFFFFFF or 0x7FFFF000 (sox), some less the header's length.
  constexpr std::int64_t kSlack = 0x10000;
  constexpr std::array<std::int64_t, 2> kPlaceholders{0x7FFFFFFF, 0xFFFFFFFF};
  const std::string_view name(container());
  if ((name != "wav" && name != "aiff") || !header_duration_) return false;
  const AVCodecParameters& parameters = *stream_->codecpar;
  const std::int64_t bits = std::int64_t{parameters.bits_per_coded_sample} *
                            std::max(1, parameters.ch_layout.nb_channels);
  const std::int64_t bytes = av_rescale(*header_duration_, bits, 8);
  return std::any_of(kPlaceholders.begin(), kPlaceholders.end(), [&](std::int64_t placeholder) {
    return std::abs(bytes - placeholder) <= kSlack;
  });
}

std::optional<std::uint64_t> Demuxer::actual_end() const {
  return input_.size() ? input_.size() : io_state_->end;
}

std::optional<std::int64_t> Demuxer::promised_end_us() const {
  const std::string_view name(container());
  // AVI counts what never was, such as sound that begins late; its RIFF chunk tells better.
  if (name == "avi") return std::nullopt;
  if (header_duration_ && !is_placeholder_size())
    return audio_start_us() + to_us(*header_duration_, stream_->time_base);
  // The container's own length belongs to its longest stream: pictures may outlast the sound, so it
  // counts only for a file of sound alone.
  if (context_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM ||
      context_->duration == AV_NOPTS_VALUE || context_->nb_streams != 1 || is_placeholder_size())
    return std::nullopt;
  return std::min(context_->duration, kTimeMax);
}

bool Demuxer::ends_inside_fragment() const {
  constexpr int kBoxesMax = 100'000;  // A day of fragments of a second.
  const auto size = input_.size();
  if (!size || !input_.seekable() || !std::string_view(container()).starts_with("mov,"))
    return false;
  bool fragmented = false;
  std::uint64_t offset = 0;
  for (int i = 0; i < kBoxesMax && offset < *size; ++i) {
    std::array<std::byte, kBoxHeadSize> head{};
    if (!input_.read_at(offset, head)) return false;
    const auto box_size = mp4_box_size(head);
    if (!box_size) return false;
    if (*box_size > *size - offset) return fragmented;
    fragmented |= is_mp4_fragment(head);
    offset += *box_size;
  }
  return false;
}

std::int64_t Demuxer::missing_us(std::int64_t end_us) const {
  const auto promised = promised_end_us();
  std::int64_t missing = promised ? *promised - end_us : -1;
  // A fragmented MP4 knows no length but its first fragment's; it never ends inside a box, though.
  if (ends_inside_fragment()) missing = kTimeMax;
  // FFmpeg does not promise what it cannot find, so bytes are counted too: what is missing of them
  // would have lasted as long as they did so far.
  const auto end = actual_end();
  if (format_.declared_end && end && *end > 0 && *format_.declared_end > *end) {
    const double share = static_cast<double>(*format_.declared_end - *end) /
                         static_cast<double>(*end) * static_cast<double>(end_us);
    missing = std::max(missing,
                       static_cast<std::int64_t>(std::min(share, static_cast<double>(kTimeMax))));
  }
  return missing;
}

}  // namespace sotto::media
