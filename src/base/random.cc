#include "base/random.h"

#include <cerrno>
#include <sys/random.h>

#include "base/check.h"

namespace sotto {

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    SOTTO_CHECK(count > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace sotto
