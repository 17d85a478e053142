#include "platform/runtime/file_lock.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>

#include "base/mutex.h"
#include "base/text.h"
#include "platform/runtime/system_error.h"

namespace sotto::runtime {
namespace {

// flock(2) has no timeout, so the lock is asked for at this pace.
constexpr std::chrono::milliseconds kRetry{50};

/// Sleeps one retry, or less at the end of the context; says whether the context still holds.
Result<> pause(const CallContext& context) {
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  const auto until = std::chrono::steady_clock::now() + kRetry;
  while (std::chrono::steady_clock::now() < until) {
    // Its own deadline is the point: only the caller's errors count.
    static_cast<void>(never.wait(context.sooner(until), mutex));
    SOTTO_TRY(context.check());
  }
  return {};
}

}  // namespace

Result<FileLock> FileLock::acquire(const CallContext& context, const std::filesystem::path& path) {
  const std::string doing = "lock " + printable(path.native());
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return system_error(errno, doing);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error(errno, doing);
    SOTTO_TRY(pause(context));
  }
  return FileLock(std::move(fd));
}

}  // namespace sotto::runtime
