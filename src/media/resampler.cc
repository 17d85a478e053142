#include "media/resampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

namespace sotto::media {
namespace {

// 64 taps at the lower rate and 97 % of the band: flat within 0.1 dB to 7.5 kHz, images of a higher
// rate below -90 dB, still some hundred times faster than decoding.
constexpr int kFilterSize = 64;
constexpr double kCutoff = 0.97;
constexpr int kPhasesMax = 1024;
/// No sound is a billion times full scale: what is came from damage, and would turn to infinity.
constexpr double kSampleMax = 1e9;

double weight_of(AVChannel channel) {
  switch (channel) {
    case AV_CHAN_LOW_FREQUENCY:
    case AV_CHAN_LOW_FREQUENCY_2:
      return 0.0;  // Rumble, no speech.
    case AV_CHAN_FRONT_LEFT:
    case AV_CHAN_FRONT_RIGHT:
    case AV_CHAN_FRONT_LEFT_OF_CENTER:
    case AV_CHAN_FRONT_RIGHT_OF_CENTER:
      return M_SQRT1_2;  // ITU-R BS.775-3, table 2, folded to one channel.
    case AV_CHAN_FRONT_CENTER:
      return 1.0;  // Where films keep the talk.
    default:
      return 0.5;
  }
}

/// How much of each channel goes into the mix; together 1, so that nothing clips.
std::vector<double> mix_weights(const AVChannelLayout& layout) {
  const auto count = static_cast<std::size_t>(layout.nb_channels);
  std::vector<double> weights(count, 1.0);
  if (layout.order == AV_CHANNEL_ORDER_NATIVE && count > 2) {
    for (std::size_t i = 0; i < count; ++i)
      weights[i] =
          weight_of(av_channel_layout_channel_from_index(&layout, static_cast<unsigned>(i)));
  }
  double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (sum <= 0.0) {
    weights.assign(count, 1.0);
    sum = static_cast<double>(count);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

template <typename T>
std::uint64_t scrub_samples(std::span<T> samples) {
  std::uint64_t count = 0;
  for (T& sample : samples) {
    if (std::abs(sample) <= static_cast<T>(kSampleMax)) continue;  // False for NaN too.
    sample = T{0};
    ++count;
  }
  return count;
}

template <typename T>
bool has_bad_sample(std::span<const T> samples) {
  return !std::all_of(samples.begin(), samples.end(),
                      [](T sample) { return std::abs(sample) <= static_cast<T>(kSampleMax); });
}

}  // namespace

Resampler::Resampler(ChannelMode mode, std::uint32_t channel, std::uint32_t output_channels)
    : mode_(mode), channel_(channel), output_channels_(static_cast<int>(output_channels)) {}

std::vector<double> Resampler::matrix(const AVChannelLayout& layout) const {
  const auto inputs = static_cast<std::size_t>(layout.nb_channels);
  const auto outputs = static_cast<std::size_t>(output_channels_);
  if (mode_ == ChannelMode::kMix) return mix_weights(layout);
  std::vector<double> result(inputs * outputs, 0.0);
  if (mode_ == ChannelMode::kPick) {
    if (channel_ < inputs) result[channel_] = 1.0;
  } else {
    for (std::size_t i = 0; i < std::min(inputs, outputs); ++i) result[i * inputs + i] = 1.0;
  }
  return result;
}

bool Resampler::set_up(const AVFrame& frame, const Shape& shape) {
  swr_.reset();
  shape_ = {};
  AVChannelLayout input{};
  AVChannelLayout output{};
  // Only the counts matter to swresample: which channel is which stands in our own matrix.
  av_channel_layout_default(&input, shape.channels);
  av_channel_layout_default(&output, output_channels_);
  SwrContext* swr = nullptr;
  if (swr_alloc_set_opts2(&swr, &output, AV_SAMPLE_FMT_FLT, static_cast<int>(kSampleRate), &input,
                          static_cast<AVSampleFormat>(shape.format), shape.rate, 0, nullptr) < 0)
    return false;
  internal::SwrPtr owned(swr);
  const int divisor = std::gcd(shape.rate, static_cast<int>(kSampleRate));
  av_opt_set_sample_fmt(swr, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  av_opt_set_int(swr, "filter_size", kFilterSize, 0);
  av_opt_set_double(swr, "cutoff", kCutoff, 0);
  av_opt_set_int(swr, "exact_rational", 1, 0);
  // Odd rates have no exact set of phases: interpolate between them.
  av_opt_set_int(swr, "linear_interp", static_cast<int>(kSampleRate) / divisor > kPhasesMax, 0);
  const std::vector<double> weights = matrix(frame.ch_layout);
  if (swr_set_matrix(swr, weights.data(), shape.channels) < 0 || swr_init(swr) < 0) return false;
  swr_ = std::move(owned);
  shape_ = shape;
  return true;
}

void Resampler::scrub(AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const AVSampleFormat packed = av_get_packed_sample_fmt(format);
  if (packed != AV_SAMPLE_FMT_FLT && packed != AV_SAMPLE_FMT_DBL) return;
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int planes = planar ? frame.ch_layout.nb_channels : 1;
  const auto count = static_cast<std::size_t>(frame.nb_samples) *
                     static_cast<std::size_t>(planar ? 1 : frame.ch_layout.nb_channels);
  const auto each = [&](auto zero) {
    using T = decltype(zero);
    bool bad = false;
    for (int i = 0; i < planes; ++i)
      bad |= has_bad_sample<T>({reinterpret_cast<const T*>(frame.extended_data[i]), count});
    // The decoder may still need its own copy.
    if (!bad || av_frame_make_writable(&frame) < 0) return;
    for (int i = 0; i < planes; ++i)
      non_finite_count_ += scrub_samples<T>({reinterpret_cast<T*>(frame.extended_data[i]), count});
  };
  packed == AV_SAMPLE_FMT_FLT ? each(0.0F) : each(0.0);
}

bool Resampler::convert(AVFrame& frame, int skip, std::vector<float>& out) {
  const Shape shape{
      .format = frame.format, .rate = frame.sample_rate, .channels = frame.ch_layout.nb_channels};
  if (!swr_ || shape != shape_) {
    flush(out);
    if (!set_up(frame, shape)) return false;
  }
  scrub(frame);
  const int count = frame.nb_samples - skip;
  if (count <= 0) return true;
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const std::ptrdiff_t offset =
      std::ptrdiff_t{skip} * av_get_bytes_per_sample(format) * (planar ? 1 : shape.channels);
  std::array<const std::uint8_t*, kChannelsMax> planes{};
  for (int i = 0; i < (planar ? shape.channels : 1); ++i)
    planes[static_cast<std::size_t>(i)] = frame.extended_data[i] + offset;
  const int room = swr_get_out_samples(swr_.get(), count);
  if (room < 0) return false;
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(room) * static_cast<std::size_t>(output_channels_));
  auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
  const int written = swr_convert(swr_.get(), &target, room, planes.data(), count);
  out.resize(before + static_cast<std::size_t>(std::max(written, 0)) *
                          static_cast<std::size_t>(output_channels_));
  return written >= 0;
}

void Resampler::flush(std::vector<float>& out) {
  if (!swr_) return;
  const int room = swr_get_out_samples(swr_.get(), 0);
  if (room > 0) {
    const std::size_t before = out.size();
    out.resize(before +
               static_cast<std::size_t>(room) * static_cast<std::size_t>(output_channels_));
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
    const int written = swr_convert(swr_.get(), &target, room, nullptr, 0);
    out.resize(before + static_cast<std::size_t>(std::max(written, 0)) *
                            static_cast<std::size_t>(output_channels_));
  }
  swr_.reset();
  shape_ = {};
}

}  // namespace sotto::media
