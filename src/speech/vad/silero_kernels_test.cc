#include "speech/vad/internal/silero_kernels.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace sotto::vad::internal {
namespace {

/// Numbers between -1 and 1 that look random and are the same each time.
std::vector<float> noise(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(seed >> 8) / 8388608.0F - 1.0F;
  }
  return values;
}

/// Each kind of processor against plain loops in double.
class SileroKernels : public testing::TestWithParam<KernelKind> {
 protected:
  void SetUp() override {
    kernels_ = kernels_of(GetParam());
    if (kernels_ == nullptr) GTEST_SKIP() << "this processor cannot run them";
  }
  const internal::SileroKernels* kernels_ = nullptr;
};

void check_dense(const internal::SileroKernels& kernels, std::size_t rows, std::size_t panels,
                 bool relu) {
  constexpr std::size_t kInputs = 37;
  constexpr std::size_t kStride = 11;  // Rows overlap, as those of a convolution do.
  const std::size_t width = panels * kPanel;
  const auto weights = noise(width * kInputs, 1);
  const auto bias = noise(width, 2);
  const auto inputs = noise(kStride * rows + kInputs, 3);
  std::vector<float> outputs(rows * width);
  kernels.dense({.weights = weights.data(),
                 .bias = bias.data(),
                 .panel_count = panels,
                 .input_count = kInputs,
                 .inputs = inputs.data(),
                 .input_stride = kStride,
                 .row_count = rows,
                 .outputs = outputs.data(),
                 .output_stride = width,
                 .relu = relu});
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t n = 0; n < width; ++n) {
      double sum = bias[n];
      for (std::size_t k = 0; k < kInputs; ++k)
        sum += static_cast<double>(inputs[r * kStride + k]) *
               weights[(n / kPanel * kInputs + k) * kPanel + n % kPanel];
      if (relu && sum < 0) sum = 0;
      ASSERT_NEAR(outputs[r * width + n], sum, 1e-5) << rows << ' ' << panels << ' ' << n;
    }
  }
}

TEST_P(SileroKernels, MultiplyAsPlainLoopsDo) {
  for (const std::size_t rows : {1U, 2U, 4U})
    for (const std::size_t panels : {1U, 3U, 5U, 8U, 32U})
      for (const bool relu : {false, true}) check_dense(*kernels_, rows, panels, relu);
}

TEST_P(SileroKernels, StepAnLstmAsItsFormulaSays) {
  constexpr std::size_t kWidth = 32;
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  std::vector<float> gates = noise(4 * kWidth, 4);
  for (float& gate : gates) gate *= 12;  // Far into where the functions are flat.
  gates[0] = 200;
  gates[1] = -200;
  gates[2 * kWidth] = 1e30F;
  gates[2 * kWidth + 1] = -1e30F;
  std::vector<float> cell = noise(kWidth, 5);
  const std::vector<float> before = cell;
  std::vector<float> hidden(kWidth);
  kernels_->lstm(gates.data(), kWidth, cell.data(), hidden.data());
  for (std::size_t i = 0; i < kWidth; ++i) {
    const double next = sigmoid(gates[kWidth + i]) * before[i] +
                        sigmoid(gates[i]) * std::tanh(static_cast<double>(gates[2 * kWidth + i]));
    EXPECT_NEAR(cell[i], next, 1e-6) << i;
    EXPECT_NEAR(hidden[i], sigmoid(gates[3 * kWidth + i]) * std::tanh(next), 1e-6) << i;
  }
}

std::string name_of(const testing::TestParamInfo<KernelKind>& kind) {
  switch (kind.param) {
    case KernelKind::kPortable:
      return "Portable";
    case KernelKind::kAvx2:
      return "Avx2";
    case KernelKind::kAvx512:
      return "Avx512";
  }
  return "Unknown";
}

INSTANTIATE_TEST_SUITE_P(Kinds, SileroKernels,
                         testing::Values(KernelKind::kPortable, KernelKind::kAvx2,
                                         KernelKind::kAvx512),
                         name_of);

}  // namespace
}  // namespace sotto::vad::internal
