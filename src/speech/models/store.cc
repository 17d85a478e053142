#include "speech/models/store.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "platform/runtime/system_error.h"
#include "speech/models/internal/file_installer.h"

namespace sotto::models {
namespace {

namespace fs = std::filesystem;

std::string pull_command(const Model& model) { return "`sotto models pull " + model.name + '`'; }

Error not_installed(const Model& model) {
  return Error(ErrorCode::kNotFound, "models.not_installed",
               "The model " + model.name + " is not installed. Run " + pull_command(model) + '.');
}

Error unusable(const Model& model, const FileCheck& check) {
  const std::string file = "The file " + check.name + " of the model " + model.name;
  const std::string help = " Run " + pull_command(model) + " to fetch it again.";
  if (check.state == FileState::kMissing)
    return Error(ErrorCode::kNotFound, "models.file_missing", file + " is missing." + help);
  const std::string_view what = check.state == FileState::kWrongSize
                                    ? " is damaged: it has a wrong size."
                                    : " is damaged: its SHA-256 is wrong.";
  return Error(ErrorCode::kDataLoss, "models.file_damaged", file + std::string(what) + help);
}

}  // namespace

std::string_view to_string(ModelState state) {
  switch (state) {
    case ModelState::kAbsent:
      return "absent";
    case ModelState::kPartial:
      return "partial";
    case ModelState::kInstalled:
      return "installed";
  }
  return "";
}

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::kIntact:
      return "intact";
    case FileState::kMissing:
      return "missing";
    case FileState::kWrongSize:
      return "wrong size";
    case FileState::kDamaged:
      return "damaged";
  }
  return "";
}

FileState quick_state(const ModelFile& file, const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return FileState::kMissing;
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return FileState::kMissing;
  return size == file.size ? FileState::kIntact : FileState::kWrongSize;
}

ModelFiles::ModelFiles(const Model& model, fs::path folder)
    : model_name_(model.name), folder_(std::move(folder)) {
  for (const ModelFile& file : model.files) names_.push_back(file.name);
}

Result<fs::path> ModelFiles::path(std::string_view name) const {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return folder_ / name;
  return Error(
      ErrorCode::kUnsupported, "models.file_unlisted",
      "The model " + model_name_ + " has no file " + printable(name) + ", which its family needs.");
}

ModelState Store::state(const Model& model) const {
  std::size_t present = 0;
  std::size_t intact = 0;
  for (const ModelFile& file : model.files) {
    const FileState found = quick_state(file, path(model, file));
    if (found != FileState::kMissing) ++present;
    if (found == FileState::kIntact) ++intact;
  }
  if (intact == model.files.size()) return ModelState::kInstalled;
  return present == 0 ? ModelState::kAbsent : ModelState::kPartial;
}

Result<std::vector<FileCheck>> Store::verify(const CallContext& context, const Model& model) const {
  std::vector<FileCheck> checks;
  for (const ModelFile& file : model.files) {
    SOTTO_ASSIGN(const FileState found, internal::check_file(context, file, path(model, file)));
    checks.push_back({file.name, found});
  }
  return checks;
}

Result<ModelFiles> Store::require(const CallContext& context, const Model& model) const {
  if (state(model) == ModelState::kAbsent) return not_installed(model);
  SOTTO_ASSIGN(const std::vector<FileCheck> checks, verify(context, model));
  for (const FileCheck& check : checks)
    if (check.state != FileState::kIntact) return unusable(model, check);
  return ModelFiles(model, path(model));
}

Result<runtime::FileLock> Store::lock(const CallContext& context, const Model& model) const {
  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the folder " + printable(folder_.native()));
  return runtime::FileLock::acquire(context, folder_ / ('.' + model.name + ".lock"));
}

Result<bool> Store::remove(const CallContext& context, const Model& model) const {
  std::error_code failure;
  if (!fs::exists(path(model), failure)) return false;
  SOTTO_ASSIGN(const runtime::FileLock held, lock(context, model));
  remove_leftovers(model);
  bool removed = false;
  for (const ModelFile& file : model.files) {
    removed = fs::remove(path(model, file), failure) || removed;
    if (failure)
      return runtime::system_error(failure.value(),
                                   "remove " + printable(path(model, file).native()));
  }
  // Fails on purpose where somebody keeps something of their own there.
  fs::remove(path(model), failure);
  return removed;
}

fs::path Store::working_folder(const Model& model) const { return path(model) / ".pull"; }

void Store::remove_leftovers(const Model& model) const {
  std::error_code ignored;  // A leftover that stays costs room, nothing else.
  fs::remove_all(working_folder(model), ignored);
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(path(model), ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().native();
    const bool is_ours =
        std::any_of(model.files.begin(), model.files.end(),
                    [&](const ModelFile& file) { return name.starts_with('.' + file.name + '.'); });
    if (is_ours && name.ends_with(".part")) leftovers.push_back(entry->path());
  }
  for (const fs::path& leftover : leftovers) fs::remove(leftover, ignored);
}

}  // namespace sotto::models
