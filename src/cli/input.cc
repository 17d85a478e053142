#include "cli/input.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "platform/runtime/system_error.h"

namespace sotto::cli {

Result<std::unique_ptr<audio::ByteSource>> open_input(const std::string& input) {
  if (input != "-") return audio::open_source(std::filesystem::path(input), {});
  runtime::UniqueFd copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!copy) return runtime::system_error(errno, "read standard input");
  return audio::open_source(std::move(copy), {});
}

std::string extension_of(const std::string& input) {
  std::string extension = std::filesystem::path(input).extension().native();
  if (!extension.empty()) extension.erase(0, 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace sotto::cli
