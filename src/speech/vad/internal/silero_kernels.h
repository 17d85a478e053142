#pragma once

#include <cstddef>

namespace sotto::vad::internal {

/// Outputs that one vector of weights is for. Panels are packed so: for each group of kPanel
/// outputs, for each input in turn, that input's weight for each output of the group.
inline constexpr std::size_t kPanel = 16;

/// outputs[r][n] = bias[n] + sum over k of inputs[r * input_stride + k] * weight(n, k), and none
/// below zero where `relu`.
struct DenseCall {
  const float* weights = nullptr;  ///< Packed; aligned to 64 bytes.
  const float* bias = nullptr;     ///< kPanel * panel_count of them.
  std::size_t panel_count = 0;
  std::size_t input_count = 0;
  const float* inputs = nullptr;
  std::size_t input_stride = 0;
  std::size_t row_count = 0;  ///< 1, 2 or 4.
  float* outputs = nullptr;
  std::size_t output_stride = 0;
  bool relu = false;
};

/// The arithmetic of the detector, once for each kind of processor.
struct SileroKernels {
  void (*dense)(const DenseCall& call);
  /// One step of an LSTM (PyTorch's order of gates: input, forget, cell, output) over `width`
  /// cells, a multiple of kPanel: reads 4 * width gates, changes cell and hidden.
  void (*lstm)(const float* gates, std::size_t width, float* cell, float* hidden);
};

/// The fastest kernels that this processor runs.
const SileroKernels& best_kernels();

/// Of one kind, for tests: null where this processor cannot run it.
enum class KernelKind { kPortable, kAvx2, kAvx512 };
const SileroKernels* kernels_of(KernelKind kind);

}  // namespace sotto::vad::internal
