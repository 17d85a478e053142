#include "speech/vad/onnx_silero_vad.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/check.h"

namespace sotto::vad {
namespace {

// From Silero's own utils_vad.py, for 16 kHz.
constexpr std::size_t kWindow = 512;
constexpr std::size_t kContext = 64;
constexpr std::int64_t kStateWidth = 128;

infer::Tensor silent_state() {
  return infer::Tensor::own(std::vector<float>(2 * kStateWidth), {2, 1, kStateWidth});
}

bool is(const infer::Port* port, infer::ElementType type, std::size_t rank) {
  return port != nullptr && port->type == type && port->shape.size() == rank;
}

Error mismatch(std::string detail) {
  return Error(ErrorCode::kDataLoss, "vad.model_mismatch",
               "The voice detector's file is not Silero VAD; fetch the model again.")
      .with_detail(std::move(detail));
}

}  // namespace

Result<std::shared_ptr<const OnnxSileroVad::Model>> OnnxSileroVad::Model::create(
    const infer::Runtime& runtime, const std::filesystem::path& file) {
  using infer::ElementType;
  SOTTO_ASSIGN(auto session, infer::Session::create(runtime, file, {.fold_dequantize = false}));
  const bool fits = is(session->input("input"), ElementType::kFloat32, 2) &&
                    is(session->input("state"), ElementType::kFloat32, 3) &&
                    is(session->input("sr"), ElementType::kInt64, 0) &&
                    is(session->output("output"), ElementType::kFloat32, 2) &&
                    is(session->output("stateN"), ElementType::kFloat32, 3);
  if (!fits) return mismatch(file.string());
  return std::shared_ptr<const Model>(new Model(std::move(session)));
}

OnnxSileroVad::OnnxSileroVad(std::shared_ptr<const Model> model)
    : model_(std::move(model)),
      input_(kContext + kWindow),
      state_(silent_state()),
      sample_rate_(infer::Tensor::own(std::vector<std::int64_t>{kSampleRate}, {})) {}

void OnnxSileroVad::reset() {
  std::fill(input_.begin(), input_.end(), 0.0F);
  state_ = silent_state();
}

std::size_t OnnxSileroVad::window_samples() const { return kWindow; }

Result<float> OnnxSileroVad::score(const CallContext& context, std::span<const float> window) {
  SOTTO_CHECK(window.size() == kWindow);
  std::copy(input_.end() - kContext, input_.end(), input_.begin());
  std::copy(window.begin(), window.end(), input_.begin() + kContext);
  const infer::Tensor input =
      infer::Tensor::borrow(input_, {1, static_cast<std::int64_t>(input_.size())});
  const infer::Feed feeds[] = {{"input", &input}, {"state", &state_}, {"sr", &sample_rate_}};
  const char* const names[] = {"output", "stateN"};
  SOTTO_ASSIGN(auto outputs, model_->session_->run(context, feeds, names));
  state_ = std::move(outputs[1]);
  SOTTO_ASSIGN(const auto probability, outputs[0].floats());
  if (probability.size() != 1 || !std::isfinite(probability[0])) {
    return mismatch("output is " + infer::describe(outputs[0].type(), outputs[0].shape()));
  }
  return std::clamp(probability[0], 0.0F, 1.0F);
}

}  // namespace sotto::vad
