#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "platform/runtime/file_lock.h"
#include "speech/models/types.h"

namespace sotto::models {

enum class ModelState : std::uint8_t { kAbsent, kPartial, kInstalled };
enum class FileState : std::uint8_t { kIntact, kMissing, kWrongSize, kDamaged };

std::string_view to_string(ModelState state);
std::string_view to_string(FileState state);

/// By presence and size alone, without reading: never kDamaged.
FileState quick_state(const ModelFile& file, const std::filesystem::path& path);

/// A file of a model and what a look at it found.
struct FileCheck {
  std::string name;
  FileState state = FileState::kIntact;
};

/// The files of a model that were all found intact.
class ModelFiles {
 public:
  ModelFiles(const Model& model, std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  /// The path of the file that the catalogue calls `name`; "models.file_unlisted" where the model
  /// has no such file.
  Result<std::filesystem::path> path(std::string_view name) const;

 private:
  std::string model_name_;
  std::filesystem::path folder_;
  std::vector<std::string> names_;
};

/// The folder of models: <folder>/<model name>/<file name>. Never touches a network.
///
/// Stateless: each call looks at the disk, so any thread and any number of processes may use it
/// while others pull and remove. The folder need not exist until something is pulled.
class Store {
 public:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path(const Model& model) const { return folder_ / model.name; }
  std::filesystem::path path(const Model& model, const ModelFile& file) const {
    return folder_ / model.name / file.name;
  }

  /// By presence and sizes: quick enough to ask for each line of a list.
  ModelState state(const Model& model) const;
  /// Every file by its hash.
  Result<std::vector<FileCheck>> verify(const CallContext& context, const Model& model) const;
  /// The model for use, each file verified by its hash (60 MB take about 50 ms). Otherwise
  /// "models.not_installed", "models.file_missing" (kNotFound) or "models.file_damaged"
  /// (kDataLoss), each saying the command that helps.
  Result<ModelFiles> require(const CallContext& context, const Model& model) const;
  /// Takes the model's files away, whatever is left of them, and its folder unless something
  /// foreign lies in it. Waits for a pull of the model to end. False where nothing was there.
  Result<bool> remove(const CallContext& context, const Model& model) const;

  /// Held by whoever changes the model's folder. Makes the store's folder where it is missing.
  Result<runtime::FileLock> lock(const CallContext& context, const Model& model) const;
  /// Removes what a killed pull left: hidden temporaries and the working folder. Under lock().
  void remove_leftovers(const Model& model) const;
  /// Where a pull of the model keeps its downloads; inside the model's folder so that a rename
  /// never crosses file systems.
  std::filesystem::path working_folder(const Model& model) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace sotto::models
