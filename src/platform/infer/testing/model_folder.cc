#include "platform/infer/testing/model_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>
#include <unistd.h>

#include "base/check.h"

namespace sotto::infer {

std::optional<std::filesystem::path> test_model(std::string_view file) {
  const char* folder = std::getenv("SOTTO_MODELS");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  std::filesystem::path path = std::filesystem::path(folder) / file;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return path;
}

TemporaryFile::TemporaryFile(std::string_view bytes) {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "sotto-infer-XXXXXX").string();
  const int fd = mkstemp(name.data());
  SOTTO_CHECK(fd >= 0);
  path_ = name;
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    SOTTO_CHECK(written > 0);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  close(fd);
}

TemporaryFile::~TemporaryFile() {
  std::error_code error;
  std::filesystem::remove(path_, error);
}

std::string_view doubling_model() {
  // Field by field after onnx.proto: IR version 8; a graph with the node Add(x, x) -> y, the input
  // x and the output y, both float[n]; operator set 13.
  static constexpr char kBytes[] =
      "\010\010"
      ":7\012\016\012\001x\012\001x\022\001y\042\003Add\022\001g"
      "Z\020\012\001x\022\013\012\011\010\001\022\005\012\003\022\001n"
      "b\020\012\001y\022\013\012\011\010\001\022\005\012\003\022\001n"
      "B\004\012\000\020\015";
  return {kBytes, sizeof(kBytes) - 1};
}

}  // namespace sotto::infer
