#include "speech/asr/moonshine_model.h"

#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"

namespace sotto::asr {
namespace {

constexpr const char* kSound = "input_values";
constexpr const char* kStates = "last_hidden_state";
constexpr const char* kToken = "input_ids";
constexpr const char* kDecoderStates = "encoder_hidden_states";
constexpr const char* kUseCache = "use_cache_branch";
constexpr const char* kScores = "logits";
constexpr std::string_view kPast = "past_key_values.";
constexpr std::string_view kPresent = "present.";

// Below about 1,000 samples the encoder's strides leave no frame at all; a quarter of a second is
// shorter than any word that stands alone.
constexpr std::size_t kSamplesMin = 4'000;

Error mismatch(std::string detail) {
  return Error(ErrorCode::kDataLoss, "asr.model_mismatch",
               "The model's files are not those of a Moonshine model; fetch the model again.")
      .with_detail(std::move(detail));
}

Result<const infer::Port*> require(const infer::Port* port, const char* name,
                                   infer::ElementType type, std::size_t rank) {
  if (port == nullptr) return mismatch(std::string("no ") + name);
  if (port->type != type || port->shape.size() != rank) {
    return mismatch(std::string(name) + " is " + infer::describe(port->type, port->shape));
  }
  return port;
}

}  // namespace

// The decoder's state: caches move from one run's outputs to the next run's inputs.
class MoonshineModel::Stepper final : public TokenStepper {
 public:
  Stepper(const MoonshineModel& model, infer::Tensor states)
      : model_(model), states_(std::move(states)) {
    for (const Cache& cache : model_.caches_) {
      caches_.push_back(infer::Tensor::own(std::vector<float>(), cache.empty_shape));
    }
  }

  Result<std::span<const float>> next(const CallContext& context, std::int64_t token) override {
    const infer::Tensor ids = infer::Tensor::own(std::vector<std::int64_t>{token}, {1, 1});
    const infer::Tensor use_cache = infer::Tensor::of_bool(has_cache_);
    std::vector<infer::Feed> feeds;
    feeds.reserve(3 + caches_.size());
    feeds.push_back({kToken, &ids});
    feeds.push_back({kDecoderStates, &states_});
    feeds.push_back({kUseCache, &use_cache});
    for (std::size_t i = 0; i < caches_.size(); ++i) {
      feeds.push_back({model_.caches_[i].past.c_str(), &caches_[i]});
    }
    const auto& names = has_cache_ ? model_.later_outputs_ : model_.first_outputs_;
    SOTTO_ASSIGN(auto outputs, model_.decoder_->run(context, feeds, names));
    std::size_t taken = 0;
    scores_.emplace(std::move(outputs[taken++]));
    for (std::size_t i = 0; i < caches_.size(); ++i) {
      if (has_cache_ && model_.caches_[i].is_of_sound) continue;
      caches_[i] = std::move(outputs[taken++]);
    }
    has_cache_ = true;
    SOTTO_ASSIGN(const std::span<const float> scores, scores_->floats());
    if (scores.size() != model_.token_count_) {
      return mismatch("scores are " + infer::describe(scores_->type(), scores_->shape()));
    }
    return scores;
  }

 private:
  const MoonshineModel& model_;
  infer::Tensor states_;
  std::vector<infer::Tensor> caches_;
  std::optional<infer::Tensor> scores_;
  bool has_cache_ = false;
};

MoonshineModel::MoonshineModel(std::unique_ptr<infer::Session> encoder,
                               std::unique_ptr<infer::Session> decoder)
    : encoder_(std::move(encoder)), decoder_(std::move(decoder)) {}

Result<std::unique_ptr<MoonshineModel>> MoonshineModel::create(
    const infer::Runtime& runtime, const std::filesystem::path& folder) {
  // Either takes most of a second on one core, and the first words wait for both.
  std::optional<Result<std::unique_ptr<infer::Session>>> encoder;
  std::jthread loading_encoder(
      [&] { encoder.emplace(infer::Session::create(runtime, folder / "encoder_model.onnx")); });
  auto decoder = infer::Session::create(runtime, folder / "decoder_model_merged.onnx",
                                        {.fold_dequantize = true});
  loading_encoder.join();
  SOTTO_CHECK(encoder.has_value());
  if (!*encoder) return std::move(*encoder).error();
  if (!decoder) return std::move(decoder).error();
  std::unique_ptr<MoonshineModel> model(
      new MoonshineModel(std::move(*encoder).value(), std::move(decoder).value()));
  SOTTO_TRY(model->read_ports());
  return model;
}

Result<> MoonshineModel::read_ports() {
  using infer::ElementType;
  SOTTO_TRY(require(encoder_->input(kSound), kSound, ElementType::kFloat32, 2));
  SOTTO_ASSIGN(const infer::Port* states,
               require(encoder_->output(kStates), kStates, ElementType::kFloat32, 3));
  SOTTO_TRY(require(decoder_->input(kToken), kToken, ElementType::kInt64, 2));
  SOTTO_ASSIGN(const infer::Port* taken_states,
               require(decoder_->input(kDecoderStates), kDecoderStates, ElementType::kFloat32, 3));
  SOTTO_TRY(require(decoder_->input(kUseCache), kUseCache, ElementType::kBool, 1));
  SOTTO_ASSIGN(const infer::Port* scores,
               require(decoder_->output(kScores), kScores, ElementType::kFloat32, 3));
  // Encoder and decoder of two different models (base and tiny) would fail at the first run only.
  if (states->shape[2] != taken_states->shape[2]) return mismatch("encoder and decoder differ");
  if (scores->shape[2] <= 0) return mismatch("the count of tokens is open");
  token_count_ = static_cast<std::size_t>(scores->shape[2]);

  for (const infer::Port& port : decoder_->inputs()) {
    if (!port.name.starts_with(kPast)) continue;
    SOTTO_TRY(require(&port, port.name.c_str(), ElementType::kFloat32, 4));
    const std::string_view rest = std::string_view(port.name).substr(kPast.size());
    Cache cache{port.name, std::string(kPresent) + std::string(rest), port.shape,
                rest.find(".encoder.") != std::string_view::npos};
    SOTTO_TRY(
        require(decoder_->output(cache.present), cache.present.c_str(), ElementType::kFloat32, 4));
    if (port.shape[1] <= 0 || port.shape[3] <= 0) return mismatch(port.name + " has open sizes");
    // At the first token the branch without cache runs and does not look at what it is given.
    cache.empty_shape[0] = 0;
    cache.empty_shape[2] = 1;
    caches_.push_back(std::move(cache));
  }
  if (caches_.empty()) return mismatch("the decoder has no cache");
  first_outputs_.push_back(kScores);
  later_outputs_.push_back(kScores);
  for (const Cache& cache : caches_) {
    first_outputs_.push_back(cache.present.c_str());
    if (!cache.is_of_sound) later_outputs_.push_back(cache.present.c_str());
  }
  return {};
}

Result<infer::Tensor> MoonshineModel::encode(const CallContext& context,
                                             std::span<const float> samples) const {
  std::vector<float> padded;
  if (samples.size() < kSamplesMin) {
    padded.assign(samples.begin(), samples.end());
    padded.resize(kSamplesMin);
    samples = padded;
  }
  const infer::Tensor sound =
      infer::Tensor::borrow(samples, {1, static_cast<std::int64_t>(samples.size())});
  const infer::Feed feeds[] = {{kSound, &sound}};
  const char* const outputs[] = {kStates};
  SOTTO_ASSIGN(auto states, encoder_->run(context, feeds, outputs));
  return std::move(states[0]);
}

std::unique_ptr<TokenStepper> MoonshineModel::start(infer::Tensor states) const {
  return std::make_unique<Stepper>(*this, std::move(states));
}

}  // namespace sotto::asr
