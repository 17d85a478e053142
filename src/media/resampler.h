#pragma once

#include <cstdint>
#include <vector>

#include "media/internal/av.h"
#include "media/protocol/messages.h"

namespace sotto::media {

/// Turns decoded frames of any format, rate and layout into interleaved floats at kSampleRate, one
/// channel or each. Set up again by itself where a stream changes its format. One thread.
class Resampler {
 public:
  Resampler(ChannelMode mode, std::uint32_t channel, std::uint32_t output_channels);

  /// Appends what comes of `frame` without its first `skip` samples (some stays in the filter until
  /// more comes or flush()). Replaces non-finite samples in the frame by 0. False where FFmpeg
  /// cannot convert it.
  bool convert(AVFrame& frame, int skip, std::vector<float>& out);
  /// Appends what is left in the filter; the next frame starts afresh.
  void flush(std::vector<float>& out);

  std::uint64_t non_finite_count() const { return non_finite_count_; }

 private:
  struct Shape {
    int format = -1;
    int rate = 0;
    int channels = 0;
    bool operator==(const Shape&) const = default;
  };

  bool set_up(const AVFrame& frame, const Shape& shape);
  std::vector<double> matrix(const AVChannelLayout& layout) const;
  void scrub(AVFrame& frame);

  const ChannelMode mode_;
  const std::uint32_t channel_;
  const int output_channels_;
  internal::SwrPtr swr_;
  Shape shape_;
  std::uint64_t non_finite_count_ = 0;
};

}  // namespace sotto::media
