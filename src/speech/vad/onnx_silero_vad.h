#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "platform/infer/session.h"
#include "speech/vad/vad.h"

namespace sotto::vad {

/// Silero VAD v6 through ONNX Runtime: windows of 512 samples, each seen with the 64 before it, and
/// a recurrent state. The loaded file is shared by all streams. What SileroVad is tested against.
class OnnxSileroVad final : public Vad {
 public:
  /// A file loaded once for many streams; any thread.
  class Model {
   public:
    /// Errors: those of infer::Session::create, "vad.model_mismatch" (a model of another kind).
    static Result<std::shared_ptr<const Model>> create(const infer::Runtime& runtime,
                                                       const std::filesystem::path& file);

   private:
    friend class OnnxSileroVad;
    explicit Model(std::unique_ptr<infer::Session> session) : session_(std::move(session)) {}
    std::unique_ptr<infer::Session> session_;
  };

  /// Shares the model, because streams end in any order.
  explicit OnnxSileroVad(std::shared_ptr<const Model> model);

  void reset() override;
  std::size_t window_samples() const override;
  Result<float> score(const CallContext& context, std::span<const float> window) override;

 private:
  std::shared_ptr<const Model> model_;
  std::vector<float> input_;  // Context and window.
  infer::Tensor state_;
  infer::Tensor sample_rate_;
};

}  // namespace sotto::vad
