#include "platform/sql/internal/open_mark.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::sql::internal {

Result<OpenMark> OpenMark::set(const std::string& path) {
  const std::string name = path + "-open";
  const std::string doing = "mark the database as open with " + printable(name);
  runtime::UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return runtime::system_error(errno, doing);
  bool was_left = false;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {  // Nobody else alive has it open.
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return runtime::system_error(errno, doing);
    was_left = status.st_size > 0;
    if (!was_left) {
      SOTTO_TRY(runtime::write_all(fd.get(), "open\n", doing));
      if (::fsync(fd.get()) != 0) return runtime::system_error(errno, doing);
    }
  }
  // Shared by all who have it open. Never waited for long: the lock above is held for an instant.
  while (::flock(fd.get(), LOCK_SH) != 0)
    if (errno != EINTR) return runtime::system_error(errno, doing);
  return OpenMark(std::move(fd), was_left);
}

void OpenMark::clear() {
  if (fd_ && ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) {
    // A mark that stays costs one check at the next start: no reason to fail.
    if (::ftruncate(fd_.get(), 0) == 0) ::fsync(fd_.get());
  }
  fd_.reset();
}

}  // namespace sotto::sql::internal
