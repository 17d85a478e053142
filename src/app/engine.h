#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/context.h"
#include "flow/offline/transcribe.h"
#include "platform/infer/runtime.h"
#include "speech/models/catalogue.h"
#include "speech/models/store.h"
#include "speech/vad/silero_vad.h"

namespace sotto::app {

struct EngineOptions {
  /// Empty: default_models_folder().
  std::filesystem::path models_folder;
  /// Empty: the catalogue's default.
  std::string model;
  /// Segments recognised side by side; 0: one a core.
  std::size_t thread_count = 0;
};

/// The catalogue and the folder of models: what every command that names a model starts with.
struct Models {
  models::Catalogue catalogue;
  models::Store store;

  static Result<Models> open(const std::filesystem::path& folder);
};

/// The voice activity detector and its model, ready for any number of streams.
class VadEngine {
 public:
  static Result<VadEngine> create(const CallContext& context, const Models& models);
  std::unique_ptr<vad::Vad> make() const;

 private:
  explicit VadEngine(std::shared_ptr<const vad::SileroVad::Model> model)
      : model_(std::move(model)) {}

  std::shared_ptr<const vad::SileroVad::Model> model_;
};

/// Everything that turns recordings into text, put together: models checked and loaded, workers
/// running, the media helper at hand. Any number of transcriptions may run over it at once.
class Engine {
 public:
  /// Errors: models.unknown, models.not_installed, models.file_missing, models.file_damaged,
  /// models.wrong_kind, and those of the loaders.
  static Result<std::unique_ptr<Engine>> create(const CallContext& context,
                                                const EngineOptions& options);

  /// Refers to this engine, which must outlive it.
  offline::TranscribeParts parts();
  /// For the transcript: which model, engine and version made it.
  const transcript::Provenance& provenance() const { return provenance_; }
  std::size_t thread_count() const { return thread_count_; }

 private:
  Engine(std::unique_ptr<infer::Runtime> runtime, VadEngine vad,
         std::unique_ptr<asr::Recognizer> recognizer, std::filesystem::path media_program);

  // In the order of use: what stands below refers to what stands above.
  const std::unique_ptr<infer::Runtime> runtime_;
  const VadEngine vad_;
  const std::unique_ptr<asr::Recognizer> recognizer_;
  audio::MediaHelper media_;
  transcript::Provenance provenance_;
  std::size_t thread_count_ = 0;
};

}  // namespace sotto::app
