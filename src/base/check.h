#pragma once

#include <cstdint>
#include <source_location>

/// SOTTO_CHECK: an invariant whose break makes the process untrustworthy. Always on; says what and
/// where, then aborts. Never for input from outside: that is an Error.
#define SOTTO_CHECK(condition)  \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::sotto::internal::check_failed(#condition, std::source_location::current()))

/// SOTTO_DCHECK: the same where a profile shows the cost; off in release builds.
#if defined(SOTTO_DCHECKS)
#define SOTTO_DCHECK(condition) SOTTO_CHECK(condition)
#else
#define SOTTO_DCHECK(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#endif

/// SOTTO_BUG("what"): a bug whose damage ends with this request. Says so, counts it, and yields an
/// internal Error to return; aborts instead where SOTTO_DCHECKS is on, so that tests see it.
#define SOTTO_BUG(what) ::sotto::internal::bug_found(what, std::source_location::current())

namespace sotto {

class Error;

/// How many SOTTO_BUG were met since the start; a metric reads it. Any thread.
std::uint64_t bug_count();

namespace internal {

[[noreturn]] void check_failed(const char* condition, const std::source_location& location);
Error bug_found(const char* what, const std::source_location& location);

}  // namespace internal
}  // namespace sotto
