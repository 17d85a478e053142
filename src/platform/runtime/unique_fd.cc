#include "platform/runtime/unique_fd.h"

#include <unistd.h>

namespace sotto::runtime {

void UniqueFd::reset(int fd) {
  const int old = std::exchange(fd_, fd);
  // Not repeated on EINTR: Linux has released the descriptor already (close(2)).
  if (old >= 0) ::close(old);
}

}  // namespace sotto::runtime
