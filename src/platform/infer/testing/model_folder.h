#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace sotto::infer {

/// A file below the folder that the environment variable SOTTO_MODELS names; none where it is unset
/// or has no such file: the test then skips and says so.
std::optional<std::filesystem::path> test_model(std::string_view file);

/// A file that holds `bytes`, removed at the end of the scope.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A whole ONNX model of 65 bytes: f32 "x" [n] -> f32 "y" [n] = x + x.
std::string_view doubling_model();

}  // namespace sotto::infer
