#include "platform/runtime/atomic_file.h"

#include <cerrno>
#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemp is not in <cstdlib>.
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::runtime {
namespace {

std::string doing(const std::filesystem::path& target) {
  return "write " + printable(target.native());
}

std::filesystem::path folder_of(const std::filesystem::path& target) {
  return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

/// What open(2) with 0666 would have given; mkostemp makes 0600, which suits secrets, not results.
mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return static_cast<mode_t>(0666) & ~mask;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd)
    : target_(std::move(target)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

Result<std::unique_ptr<AtomicFile>> AtomicFile::create(std::filesystem::path target) {
  struct stat status {};
  if (::stat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
    return system_error(EISDIR, doing(target));
  std::string name =
      (folder_of(target) / ('.' + target.filename().native() + ".XXXXXX.part")).native();
  UniqueFd fd(::mkostemps(name.data(), 5, O_CLOEXEC));
  if (!fd) return system_error(errno, doing(target));
  std::unique_ptr<AtomicFile> file(new AtomicFile(std::move(target), name, std::move(fd)));
  if (::fchmod(file->fd_.get(), default_mode()) != 0)
    return system_error(errno, doing(file->target_));
  return file;
}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

Result<> AtomicFile::write(std::string_view bytes) {
  return write_all(fd_.get(), bytes, doing(target_));
}

Result<> AtomicFile::commit() {
  SOTTO_CHECK(!committed_);
  if (::fsync(fd_.get()) != 0) return system_error(errno, doing(target_));
  // close(2) is where some file systems first say that the disk is full.
  if (::close(fd_.release()) != 0) return system_error(errno, doing(target_));
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    return system_error(errno, doing(target_));
  committed_ = true;
  const UniqueFd folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // The rename stands already; a folder that cannot be opened or synced (some network file systems)
  // only makes it durable later.
  if (folder) static_cast<void>(::fsync(folder.get()));
  return {};
}

}  // namespace sotto::runtime
