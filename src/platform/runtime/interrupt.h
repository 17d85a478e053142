#pragma once

#include <memory>
#include <stop_token>

#include "base/context.h"
#include "base/result.h"

namespace sotto::runtime {

/// Turns SIGINT and SIGTERM into a stop request.
///
/// Make it first thing in main, before any thread: it blocks both signals for the process (threads
/// inherit that) and one thread of its own waits for them. A second signal ends the process at
/// once, for somebody whose first Ctrl-C seems stuck.
///
/// With Hangups::kTake it also takes SIGHUP, which otherwise ends the process (a terminal that is
/// closed does): for servers, where it means "read the settings again".
class Interrupt {
 public:
  enum class Hangups : bool { kLeave, kTake };

  static Result<std::unique_ptr<Interrupt>> install(Hangups hangups = Hangups::kLeave);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const;

  /// Waits for a SIGHUP since the last call; several at once count as one. Fails where the context
  /// ends first, or at the stop request of token().
  Result<> wait_for_hangup(const CallContext& context);

 private:
  class Watcher;
  explicit Interrupt(std::unique_ptr<Watcher> watcher);

  std::unique_ptr<Watcher> watcher_;
};

}  // namespace sotto::runtime
