#pragma once

#include "base/context.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::sql::internal {

/// Waits for a socket and for the end of a context at once. One thread.
class SocketWait {
 public:
  static Result<SocketWait> create();

  /// Ok once `socket` has one of the poll(2) `events` (or has failed); else the context's error.
  Result<> wait(const CallContext& context, int socket, short events);

 private:
  explicit SocketWait(runtime::UniqueFd wake) : wake_(std::move(wake)) {}

  runtime::UniqueFd wake_;  // An eventfd that a stop request writes to.
};

}  // namespace sotto::sql::internal
