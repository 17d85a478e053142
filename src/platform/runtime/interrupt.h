#pragma once

#include <memory>
#include <stop_token>

#include "base/result.h"

namespace sotto::runtime {

/// Turns SIGINT and SIGTERM into a stop request.
///
/// Make it first thing in main, before any thread: it blocks both signals for the process (threads
/// inherit that) and one thread of its own waits for them. A second signal ends the process at
/// once, for somebody whose first Ctrl-C seems stuck.
class Interrupt {
 public:
  static Result<std::unique_ptr<Interrupt>> install();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const;

 private:
  class Watcher;
  explicit Interrupt(std::unique_ptr<Watcher> watcher);

  std::unique_ptr<Watcher> watcher_;
};

}  // namespace sotto::runtime
