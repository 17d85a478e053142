#pragma once

#include <filesystem>

#include "base/context.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::runtime {

/// An exclusive lock between processes on a lock file, held until destruction; the kernel releases
/// it when the process dies. The file itself stays: removing it would let two holders in.
class FileLock {
 public:
  /// Waits within `context` while another process (or another FileLock) holds it.
  static Result<FileLock> acquire(const CallContext& context, const std::filesystem::path& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace sotto::runtime
