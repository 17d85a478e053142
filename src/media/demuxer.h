#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <variant>

#include "media/formats.h"
#include "media/input.h"
#include "media/internal/av.h"
#include "media/protocol/messages.h"

namespace sotto::media {

/// One container on an Input: finds the best audio stream and hands out its packets. One thread.
/// Opens nothing: no protocol is allowed and io_open refuses.
class Demuxer {
 public:
  using Opened = std::variant<std::monostate, std::unique_ptr<Demuxer>, Failed>;

  /// Reads the container's header. Nothing at all where the input failed.
  static Opened open(Input& input, const Format& format);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  /// The next packet of the audio stream; false at the end, damaged or not.
  bool next(AVPacket& packet);

  const AVStream& stream() const { return *stream_; }
  const AVCodec& decoder() const { return *decoder_; }
  const char* container() const { return context_->iformat->name; }
  /// Microseconds on the container's own clock at which it starts.
  std::int64_t origin_us() const { return origin_us_; }
  /// Microseconds from the container's start at which the audio starts.
  std::int64_t audio_start_us() const;
  /// How long the audio is, by the header or as a guess.
  std::optional<std::int64_t> duration_us() const;
  /// How much audio is missing behind `end_us` (from the container's start) by a header that can be
  /// believed. Asked at the end, when it is known whether the file itself was whole.
  std::int64_t missing_us(std::int64_t end_us) const;

 private:
  struct Io;  // What FFmpeg's callbacks see.

  Demuxer(Input& input, const Format& format);
  std::optional<Failed> open_container();
  std::optional<Failed> choose_stream();
  bool is_placeholder_size() const;
  std::optional<std::uint64_t> actual_end() const;
  std::optional<std::int64_t> promised_end_us() const;
  bool ends_inside_fragment() const;
  void find_origin();

  Input& input_;
  const Format format_;
  std::unique_ptr<Io> io_state_;
  internal::IoPtr io_;
  internal::FormatPtr context_;
  AVStream* stream_ = nullptr;
  const AVCodec* decoder_ = nullptr;
  /// The audio stream's duration as its header gave it, before FFmpeg guesses; in its time base.
  std::optional<std::int64_t> header_duration_;
  std::int64_t origin_us_ = 0;
  std::deque<internal::PacketPtr> read_ahead_;  // Audio packets that find_origin() met.
};

}  // namespace sotto::media
