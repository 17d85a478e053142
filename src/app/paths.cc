#include "app/paths.h"

#include <cstdlib>
#include <string>
#include <utility>

namespace sotto::app {
namespace {

/// An absolute path out of the environment; empty where there is none.
std::filesystem::path environment_path(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv.
  const std::filesystem::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : std::filesystem::path();
}

/// $XDG_DATA_HOME/sotto/`name` or its default.
Result<std::filesystem::path> user_folder(const char* name, std::string advice) {
  std::filesystem::path data = environment_path("XDG_DATA_HOME");
  if (data.empty()) {
    const std::filesystem::path home = environment_path("HOME");
    if (home.empty())
      return Error(ErrorCode::kPreconditionFailed, "app.no_home",
                   "Neither XDG_DATA_HOME nor HOME is set: " + std::move(advice));
    data = home / ".local" / "share";
  }
  return data / "sotto" / name;
}

}  // namespace

Result<std::filesystem::path> default_models_folder() {
  return user_folder("models", "say where models live with --models.");
}

Result<std::filesystem::path> default_data_folder() {
  return user_folder("server", "say where the server keeps its data with --data.");
}

Result<std::filesystem::path> media_helper_program() {
  std::error_code failure;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure)
    return Error(ErrorCode::kUnavailable, "media.helper_missing",
                 "The program cannot tell where it is installed, so its helper cannot be found.")
        .with_detail(failure.message());
  return program.parent_path() / "sotto-media";
}

}  // namespace sotto::app
