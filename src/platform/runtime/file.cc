#include "platform/runtime/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/runtime/system_error.h"

namespace sotto::runtime {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10;

std::string shown(const std::filesystem::path& path) { return printable(path.native()); }

}  // namespace

Result<UniqueFd> open_for_reading(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe without a writer must not hang; it changes nothing for files.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return system_error(errno, "read " + shown(path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error(errno, "read " + shown(path));
  if (S_ISDIR(status.st_mode)) return system_error(EISDIR, "read " + shown(path));
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
    return Error(ErrorCode::kInvalidArgument, "runtime.not_a_file",
                 shown(path) + " is not a file that can be read.");
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) < 0)
    return system_error(errno, "read " + shown(path));
  return fd;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  SOTTO_ASSIGN(const UniqueFd fd, open_for_reading(path));
  std::string bytes;
  while (bytes.size() <= bytes_max) {
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + std::min(kReadSize, bytes_max + 1 - old_size));
    const ssize_t count = ::read(fd.get(), bytes.data() + old_size, bytes.size() - old_size);
    if (count < 0 && errno != EINTR) return system_error(errno, "read " + shown(path));
    bytes.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return bytes;
  }
  return Error(ErrorCode::kTooLarge, "runtime.file_too_large",
               shown(path) + " is larger than " + std::to_string(bytes_max) + " bytes.");
}

Result<> write_all(int fd, std::string_view bytes, std::string_view doing) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, doing);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace sotto::runtime
