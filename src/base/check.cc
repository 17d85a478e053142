#include "base/check.h"

#include <atomic>
#include <cstdlib>
#include <execinfo.h>
#include <string>
#include <unistd.h>

#include "base/error.h"

namespace sotto {
namespace {

constexpr int kFramesMax = 48;  // Deeper stacks are recursion, whose repetition tells enough.

std::atomic<std::uint64_t> bugs{0};

/// Plain write(2): the process may be in any state, so nothing here allocates after the line.
void print(const char* kind, const char* what, const std::source_location& location) {
  const std::string line = std::string(location.file_name()) + ':' +
                           std::to_string(location.line()) + ": " + kind + ": " + what + '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void print_stack() {
  void* frames[kFramesMax];
  backtrace_symbols_fd(frames, backtrace(frames, kFramesMax), STDERR_FILENO);
}

}  // namespace

std::uint64_t bug_count() { return bugs.load(std::memory_order_relaxed); }

namespace internal {

void check_failed(const char* condition, const std::source_location& location) {
  print("check failed", condition, location);
  print_stack();
  std::abort();
}

Error bug_found(const char* what, const std::source_location& location) {
  bugs.fetch_add(1, std::memory_order_relaxed);
  print("bug", what, location);
#if defined(SOTTO_DCHECKS)
  print_stack();
  std::abort();
#else
  return Error(ErrorCode::kInternal, "base.bug", "Sotto met a defect of its own.", location)
      .with_detail(what);
#endif
}

}  // namespace internal
}  // namespace sotto
