#include "platform/sql/internal/socket_wait.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <poll.h>
#include <stop_token>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/runtime/system_error.h"

namespace sotto::sql::internal {

Result<SocketWait> SocketWait::create() {
  runtime::UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return runtime::system_error(errno, "watch a connection");
  return SocketWait(std::move(wake));
}

Result<> SocketWait::wait(const CallContext& context, int socket, short events) {
  constexpr std::chrono::minutes kPoll{10};  // Poll takes an int; a long wait is polled again.
  const std::stop_callback on_stop(context.stop(), [fd = wake_.get()] {
    const std::uint64_t one = 1;
    // Only ever full when it has been written already.
    static_cast<void>(!::write(fd, &one, sizeof one));
  });
  for (;;) {
    SOTTO_TRY(context.check());
    pollfd watched[] = {{socket, events, 0}, {wake_.get(), POLLIN, 0}};
    const int count = ::poll(watched, 2, static_cast<int>(context.remaining(kPoll).count()));
    if (count < 0 && errno != EINTR) return runtime::system_error(errno, "watch a connection");
    if (count <= 0) continue;
    if (watched[1].revents != 0) {
      std::uint64_t ignored = 0;
      static_cast<void>(!::read(wake_.get(), &ignored, sizeof ignored));
    }
    if (watched[0].revents != 0) return {};
  }
}

}  // namespace sotto::sql::internal
