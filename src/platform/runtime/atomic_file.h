#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::runtime {

/// A file that appears whole or not at all: written under a name of its own in the same folder,
/// made durable, then renamed over the target. Dropping it uncommitted leaves nothing behind.
///
/// Two writers of one target do not disturb each other: the later commit wins whole. One thread.
/// A process killed before commit() leaves a hidden ".<name>.<random>.part" file.
class AtomicFile {
 public:
  /// The folder must exist and be writable: the errors are system_error's.
  static Result<std::unique_ptr<AtomicFile>> create(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  Result<> write(std::string_view bytes);
  /// fsync, rename, fsync of the folder. Call once; afterwards only destroy.
  Result<> commit();

  const std::filesystem::path& target() const { return target_; }

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd);

  const std::filesystem::path target_;
  const std::filesystem::path temporary_;
  UniqueFd fd_;
  bool committed_ = false;
};

}  // namespace sotto::runtime
