#include "app/engine.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "app/paths.h"
#include "app/version.h"
#include "speech/asr/loading_recognizer.h"
#include "speech/asr/registry.h"

namespace sotto::app {
namespace {

constexpr std::string_view kVadFile = "silero_vad_v6.onnx";

Result<const models::Model*> speech_model(const models::Catalogue& catalogue,
                                          const std::string& name) {
  if (name.empty()) return &catalogue.default_of(models::ModelKind::kAsr);
  SOTTO_ASSIGN(const models::Model* model, catalogue.find(name));
  if (model->kind != models::ModelKind::kAsr)
    return Error(ErrorCode::kInvalidArgument, "models.wrong_kind",
                 "The model " + name + " does not turn speech into text; " +
                     catalogue.default_of(models::ModelKind::kAsr).name + " does.");
  return model;
}

}  // namespace

Result<Models> Models::open(const std::filesystem::path& folder) {
  std::filesystem::path path = folder;
  if (path.empty()) {
    SOTTO_ASSIGN(path, default_models_folder());
  }
  SOTTO_ASSIGN(models::Catalogue catalogue, models::Catalogue::embedded());
  return Models{std::move(catalogue), models::Store(std::move(path))};
}

Result<VadEngine> VadEngine::create(const CallContext& context, const Models& models) {
  const models::Model& model = models.catalogue.default_of(models::ModelKind::kVad);
  SOTTO_ASSIGN(const models::ModelFiles files, models.store.require(context, model));
  SOTTO_ASSIGN(const std::filesystem::path file, files.path(kVadFile));
  SOTTO_ASSIGN(auto loaded, vad::SileroVad::Model::create(file));
  return VadEngine(std::move(loaded));
}

std::unique_ptr<vad::Vad> VadEngine::make() const {
  return std::make_unique<vad::SileroVad>(model_);
}

Engine::Engine(std::unique_ptr<infer::Runtime> runtime, VadEngine vad,
               std::unique_ptr<asr::Recognizer> recognizer, std::filesystem::path media_program)
    : runtime_(std::move(runtime)),
      vad_(std::move(vad)),
      recognizer_(std::move(recognizer)),
      media_({.program = std::move(media_program)}) {}

Result<std::unique_ptr<Engine>> Engine::create(const CallContext& context,
                                               const EngineOptions& options) {
  SOTTO_ASSIGN(const Models models, Models::open(options.models_folder));
  SOTTO_ASSIGN(const models::Model* model, speech_model(models.catalogue, options.model));
  SOTTO_ASSIGN(const models::ModelFiles files, models.store.require(context, *model));
  SOTTO_ASSIGN(std::filesystem::path media_program, media_helper_program());
  SOTTO_ASSIGN(auto runtime, infer::Runtime::create());

  const std::size_t core_count = std::max(1U, std::jthread::hardware_concurrency());
  const std::size_t thread_count = options.thread_count > 0 ? options.thread_count : core_count;
  // Loads while the rest is made ready and the first recording is decoded.
  auto recognizer = std::make_unique<asr::LoadingRecognizer>(
      [&runtime = *runtime, family = model->family, folder = files.folder(), thread_count] {
        return asr::create_recognizer(runtime, family, folder, {.worker_count = thread_count});
      });
  SOTTO_ASSIGN(VadEngine vad, VadEngine::create(context, models));
  std::unique_ptr<Engine> engine(new Engine(std::move(runtime), std::move(vad),
                                            std::move(recognizer), std::move(media_program)));
  engine->provenance_ = {.model = model->name,
                         .engine = "onnxruntime " + engine->runtime_->version(),
                         .version = std::string(version())};
  engine->thread_count_ = thread_count;
  return engine;
}

offline::TranscribeParts Engine::parts() {
  return {.media = media_, .recognizer = *recognizer_, .make_vad = [this] { return vad_.make(); }};
}

}  // namespace sotto::app
