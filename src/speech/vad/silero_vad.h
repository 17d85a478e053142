#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "speech/vad/vad.h"

namespace sotto::vad {

/// Silero VAD v6 in kernels of our own, from the weights of its ONNX file: windows of 512 samples,
/// each seen with the 64 before it, and a recurrent state. About ten times as fast as
/// OnnxSileroVad, whose probabilities it gives to 1e-4. The weights are shared by all streams.
class SileroVad final : public Vad {
 public:
  /// The weights of a file, loaded once for many streams; any thread.
  class Model {
   public:
    /// Errors: those of runtime::read_file, "infer.model_unreadable", "infer.weight_mismatch",
    /// "vad.model_mismatch" (a model of another kind).
    static Result<std::shared_ptr<const Model>> create(const std::filesystem::path& file);
    ~Model();

   private:
    friend class SileroVad;
    struct Weights;
    explicit Model(std::unique_ptr<const Weights> weights);
    std::unique_ptr<const Weights> weights_;
  };

  /// Shares the model, because streams end in any order.
  explicit SileroVad(std::shared_ptr<const Model> model);

  void reset() override;
  std::size_t window_samples() const override;
  Result<float> score(const CallContext& context, std::span<const float> window) override;

 private:
  static constexpr std::size_t kWindow = 512;
  static constexpr std::size_t kBefore = 64;
  static constexpr std::size_t kCells = 128;

  std::shared_ptr<const Model> model_;
  std::array<float, kBefore + kWindow + kBefore> sound_{};  // What came before, window, mirror.
  std::array<float, 2 * kCells> recurrent_{};               // What was seen, hidden state.
  std::array<float, kCells> cell_{};
};

}  // namespace sotto::vad
