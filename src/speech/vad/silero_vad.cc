#include "speech/vad/silero_vad.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "platform/infer/onnx_weights.h"
#include "platform/runtime/file.h"
#include "speech/vad/internal/silero_kernels.h"

namespace sotto::vad {
namespace {

using internal::DenseCall;
using internal::kPanel;

// The network as its authors trained it for 16 kHz: short-time spectra, four convolutions, an LSTM.
constexpr std::size_t kFrame = 256;  // Samples under the Hann window of one spectrum, ...
constexpr std::size_t kHop = 128;    // ... and between two.
constexpr std::size_t kFrames = 4;   // Spectra of a window with its surroundings.
constexpr std::size_t kBins = kFrame / 2 + 1;
constexpr std::size_t kQuarter = kFrame / 4;
constexpr std::size_t kEvenBins = kQuarter + 1;
constexpr std::size_t kOddBins = kQuarter;
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;
constexpr float kBasisTolerance = 1e-5F;
// The file holds the network twice, for 16 kHz and for 8; this is the first.
constexpr std::string_view kBranch = "If_0_then_branch__Inline_0__";

Error mismatch(std::string detail) {
  return Error(ErrorCode::kDataLoss, "vad.model_mismatch",
               "The voice detector's file is not Silero VAD; fetch the model again.")
      .with_detail(std::move(detail));
}

constexpr std::size_t padded(std::size_t count) { return (count + kPanel - 1) / kPanel * kPanel; }

/// The weights of one input for the outputs of a panel: a cache line.
struct alignas(64) PanelRow {
  std::array<float, kPanel> weights{};
};

/// A layer's weights as the kernels want them.
struct Dense {
  std::size_t input_count = 0;
  std::size_t output_count = 0;
  std::vector<PanelRow> rows;
  std::vector<float> bias;

  /// `weight(output, input)` says each.
  template <typename Weight>
  static Dense pack(std::size_t output_count, std::size_t input_count, Weight weight) {
    Dense layer{.input_count = input_count, .output_count = output_count};
    const std::size_t outputs = padded(output_count);
    layer.rows.resize(outputs / kPanel * input_count);
    layer.bias.resize(outputs);
    for (std::size_t n = 0; n < output_count; ++n)
      for (std::size_t k = 0; k < input_count; ++k)
        layer.rows[n / kPanel * input_count + k].weights[n % kPanel] = weight(n, k);
    return layer;
  }

  DenseCall call(const float* inputs, std::size_t input_stride, std::size_t row_count) const {
    return {.weights = rows.front().weights.data(),
            .bias = bias.data(),
            .panel_count = bias.size() / kPanel,
            .input_count = input_count,
            .inputs = inputs,
            .input_stride = input_stride,
            .row_count = row_count};
  }
};

/// Which of the three columns that a convolution sees are more than zeros.
struct Columns {
  std::size_t first = 0;
  std::size_t count = 3;
};

/// A convolution over three columns, as one layer over those beside each other.
Result<Dense> convolution(const infer::OnnxWeights& file, int number, std::size_t outputs,
                          std::size_t inputs, Columns columns = {}) {
  const std::string name =
      std::string(kBranch) + "encoder." + std::to_string(number) + ".reparam_conv.";
  const infer::Shape shape{static_cast<std::int64_t>(outputs), static_cast<std::int64_t>(inputs),
                           3};
  SOTTO_ASSIGN(const auto weights, file.floats(name + "weight", shape));
  SOTTO_ASSIGN(auto bias, file.floats(name + "bias", {static_cast<std::int64_t>(outputs)}));
  Dense layer = Dense::pack(outputs, columns.count * inputs, [&](std::size_t n, std::size_t k) {
    return weights[(n * inputs + k % inputs) * 3 + columns.first + k / inputs];
  });
  std::copy(bias.begin(), bias.end(), layer.bias.begin());
  return layer;
}

double angle(std::size_t bin, std::size_t sample) {
  return 2 * std::numbers::pi * static_cast<double>(bin * sample) / static_cast<double>(kFrame);
}

float hann(std::size_t sample) {
  return static_cast<float>(0.5 - 0.5 * std::cos(angle(1, sample)));
}

/// The spectra are those of a plain Fourier transform under a Hann window: only then may they be
/// computed by its symmetries.
Result<> check_spectra(const infer::OnnxWeights& file) {
  SOTTO_ASSIGN(const auto basis, file.floats(std::string(kBranch) + "stft.forward_basis_buffer",
                                             {static_cast<std::int64_t>(2 * kBins), 1, kFrame}));
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    for (std::size_t i = 0; i < kFrame; ++i) {
      const double cosine = hann(i) * std::cos(angle(bin, i));
      const double sine = -hann(i) * std::sin(angle(bin, i));
      const double off = std::max(std::abs(cosine - basis[bin * kFrame + i]),
                                  std::abs(sine - basis[(kBins + bin) * kFrame + i]));
      if (!(off < kBasisTolerance)) return mismatch("other spectra");
    }
  }
  return {};
}

}  // namespace

/// Everything that the network knows. The transform is split by its symmetries: cosines by the sum
/// of a sample and its mirror, sines by their difference, even and odd bins by another such step.
struct SileroVad::Model::Weights {
  std::array<float, kFrame> hann{};
  Dense even_cosines;
  Dense odd_cosines;
  Dense even_sines;
  Dense odd_sines;
  std::array<Dense, 4> encoder;
  Dense gates;
  std::vector<float> decoder;
  float decoder_bias = 0;
  const internal::SileroKernels* kernels = &internal::best_kernels();

  Result<> load(const infer::OnnxWeights& file);
  void make_transform();
  void spectra(const float* sound, float* magnitudes) const;
  void run(const Dense& layer, DenseCall call, float* outputs, std::size_t output_stride) const;
};

void SileroVad::Model::Weights::make_transform() {
  for (std::size_t i = 0; i < kFrame; ++i) hann[i] = vad::hann(i);
  const auto cosine = [](std::size_t bin, std::size_t i) {
    return static_cast<float>(std::cos(angle(bin, i)));
  };
  const auto sine = [](std::size_t bin, std::size_t i) {
    return static_cast<float>(std::sin(angle(bin, i)));
  };
  even_cosines = Dense::pack(kEvenBins, kQuarter + 1,
                             [&](std::size_t n, std::size_t k) { return cosine(2 * n, k); });
  odd_cosines = Dense::pack(kOddBins, kQuarter + 1,
                            [&](std::size_t n, std::size_t k) { return cosine(2 * n + 1, k); });
  even_sines = Dense::pack(kEvenBins, kQuarter + 1,
                           [&](std::size_t n, std::size_t k) { return sine(2 * n, k); });
  odd_sines = Dense::pack(kOddBins, kQuarter + 1,
                          [&](std::size_t n, std::size_t k) { return sine(2 * n + 1, k); });
}

Result<> SileroVad::Model::Weights::load(const infer::OnnxWeights& file) {
  SOTTO_TRY(check_spectra(file));
  make_transform();
  SOTTO_ASSIGN(encoder[0], convolution(file, 0, 128, kBins));
  SOTTO_ASSIGN(encoder[1], convolution(file, 1, 64, 128));
  SOTTO_ASSIGN(encoder[2], convolution(file, 2, 64, 64));
  // One column is left by then, between two of zeros.
  SOTTO_ASSIGN(encoder[3], convolution(file, 3, 128, 64, {.first = 1, .count = 1}));
  const std::string rnn = std::string(kBranch) + "decoder.rnn.";
  constexpr std::int64_t kGates = 4 * kCells;
  SOTTO_ASSIGN(const auto seen, file.floats(rnn + "weight_ih", {kGates, kCells}));
  SOTTO_ASSIGN(const auto hidden, file.floats(rnn + "weight_hh", {kGates, kCells}));
  SOTTO_ASSIGN(const auto seen_bias, file.floats(rnn + "bias_ih", {kGates}));
  SOTTO_ASSIGN(const auto hidden_bias, file.floats(rnn + "bias_hh", {kGates}));
  gates = Dense::pack(kGates, 2 * kCells, [&](std::size_t n, std::size_t k) {
    return k < kCells ? seen[n * kCells + k] : hidden[n * kCells + k - kCells];
  });
  std::transform(seen_bias.begin(), seen_bias.end(), hidden_bias.begin(), gates.bias.begin(),
                 std::plus<>());
  const std::string last = std::string(kBranch) + "decoder.decoder.2.";
  SOTTO_ASSIGN(decoder, file.floats(last + "weight", {1, kCells, 1}));
  SOTTO_ASSIGN(const auto bias, file.floats(last + "bias", {1}));
  decoder_bias = bias.front();
  return {};
}

void SileroVad::Model::Weights::run(const Dense& layer, DenseCall call, float* outputs,
                                    std::size_t output_stride) const {
  SOTTO_DCHECK(layer.input_count == call.input_count);
  call.outputs = outputs;
  call.output_stride = output_stride;
  kernels->dense(call);
}

/// Magnitudes of the spectra of four frames, kBins each.
void SileroVad::Model::Weights::spectra(const float* sound, float* magnitudes) const {
  constexpr std::size_t kHalf = kFrame / 2;
  constexpr std::size_t kWide = kQuarter + 1;
  std::array<float, kFrames * kWide> even_sum{};
  std::array<float, kFrames * kWide> odd_sum{};
  std::array<float, kFrames * kWide> even_difference{};
  std::array<float, kFrames * kWide> odd_difference{};
  for (std::size_t f = 0; f < kFrames; ++f) {
    std::array<float, kHalf + 1> sum{};  // What cosines see of each pair of mirrored samples,
    std::array<float, kHalf + 1> difference{};  // and what sines see.
    const float* frame = sound + f * kHop;
    sum[0] = hann[0] * frame[0];
    sum[kHalf] = hann[kHalf] * frame[kHalf];
    for (std::size_t i = 1; i < kHalf; ++i) {
      sum[i] = hann[i] * (frame[i] + frame[kFrame - i]);
      difference[i] = hann[i] * (frame[i] - frame[kFrame - i]);
    }
    for (std::size_t i = 0; i < kQuarter; ++i) {
      even_sum[f * kWide + i] = sum[i] + sum[kHalf - i];
      odd_sum[f * kWide + i] = sum[i] - sum[kHalf - i];
      even_difference[f * kWide + i] = difference[i] - difference[kHalf - i];
      odd_difference[f * kWide + i] = difference[i] + difference[kHalf - i];
    }
    even_sum[f * kWide + kQuarter] = sum[kQuarter];
    odd_difference[f * kWide + kQuarter] = difference[kQuarter];
  }
  constexpr std::size_t kStride = padded(kEvenBins);
  std::array<float, kFrames * kStride> even_real{};
  std::array<float, kFrames * kStride> odd_real{};
  std::array<float, kFrames * kStride> even_imaginary{};
  std::array<float, kFrames * kStride> odd_imaginary{};
  run(even_cosines, even_cosines.call(even_sum.data(), kWide, kFrames), even_real.data(), kStride);
  run(odd_cosines, odd_cosines.call(odd_sum.data(), kWide, kFrames), odd_real.data(), kStride);
  run(even_sines, even_sines.call(even_difference.data(), kWide, kFrames), even_imaginary.data(),
      kStride);
  run(odd_sines, odd_sines.call(odd_difference.data(), kWide, kFrames), odd_imaginary.data(),
      kStride);
  for (std::size_t f = 0; f < kFrames; ++f) {
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const std::size_t at = f * kStride + bin / 2;
      const float real = bin % 2 == 0 ? even_real[at] : odd_real[at];
      const float imaginary = bin % 2 == 0 ? even_imaginary[at] : odd_imaginary[at];
      magnitudes[f * kBins + bin] = std::sqrt(real * real + imaginary * imaginary);
    }
  }
}

SileroVad::Model::Model(std::unique_ptr<const Weights> weights) : weights_(std::move(weights)) {}
SileroVad::Model::~Model() = default;

Result<std::shared_ptr<const SileroVad::Model>> SileroVad::Model::create(
    const std::filesystem::path& file) {
  SOTTO_ASSIGN(const std::string bytes, runtime::read_file(file, kFileBytesMax));
  SOTTO_ASSIGN(const infer::OnnxWeights found, infer::OnnxWeights::parse(bytes));
  auto weights = std::make_unique<Weights>();
  SOTTO_TRY(weights->load(found));
  return std::shared_ptr<const Model>(new Model(std::move(weights)));
}

SileroVad::SileroVad(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

void SileroVad::reset() {
  sound_.fill(0);
  recurrent_.fill(0);
  cell_.fill(0);
}

std::size_t SileroVad::window_samples() const { return kWindow; }

Result<float> SileroVad::score(const CallContext& context, std::span<const float> window) {
  SOTTO_CHECK(window.size() == kWindow);
  SOTTO_TRY(context.check());
  const Model::Weights& net = *model_->weights_;
  std::copy_n(sound_.begin() + kWindow, kBefore, sound_.begin());
  std::copy(window.begin(), window.end(), sound_.begin() + kBefore);
  for (std::size_t i = 0; i < kBefore; ++i)
    sound_[kBefore + kWindow + i] = sound_[kBefore + kWindow - 2 - i];

  // Rows of zeros around what a convolution sees are its padding.
  std::array<float, (kFrames + 2) * kBins> spectra{};
  std::array<float, (kFrames + 2) * 128> first{};
  std::array<float, std::size_t{2 + 2} * 64> second{};
  std::array<float, 64> third{};
  std::array<float, 4 * kCells> gates{};
  net.spectra(sound_.data(), spectra.data() + kBins);
  const auto convolve = [&net](std::size_t number, const float* rows, std::size_t stride,
                               std::size_t row_count, float* outputs) {
    const Dense& layer = net.encoder[number];
    DenseCall call = layer.call(rows, stride, row_count);
    call.relu = true;
    net.run(layer, call, outputs, layer.output_count);
  };
  convolve(0, spectra.data(), kBins, kFrames, first.data() + 128);
  convolve(1, first.data(), std::size_t{2} * 128, 2, second.data() + 64);
  convolve(2, second.data(), 0, 1, third.data());
  convolve(3, third.data(), 0, 1, recurrent_.data());
  net.run(net.gates, net.gates.call(recurrent_.data(), 0, 1), gates.data(), gates.size());
  net.kernels->lstm(gates.data(), kCells, cell_.data(), recurrent_.data() + kCells);

  float sum = net.decoder_bias;
  for (std::size_t i = 0; i < kCells; ++i)
    sum += net.decoder[i] * std::max(recurrent_[kCells + i], 0.0F);
  const float probability = 1.0F / (1.0F + std::exp(-sum));
  if (!std::isfinite(probability)) return mismatch("output is not finite");
  return probability;
}

}  // namespace sotto::vad
