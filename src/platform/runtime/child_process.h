#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/context.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::runtime {

/// How to start a child: an argv array, never a shell line.
struct ChildOptions {
  /// The program, looked up in PATH when it has no slash, and its arguments.
  std::vector<std::string> arguments;
  /// Folder to start in; the caller's where empty.
  std::filesystem::path folder;
  /// "NAME=value" on top of the caller's environment.
  std::vector<std::string> environment;
  /// Descriptors of the caller that the child gets as 3, 4, ...; no other but 0, 1, 2 is inherited.
  std::vector<int> descriptors;
  /// Standard output comes back through output(); /dev/null otherwise.
  bool capture_output = false;
  /// Standard error comes back mixed into output(); the caller's own otherwise.
  bool capture_error = false;
};

/// How a child ended.
struct ChildExit {
  std::optional<int> status;  ///< Exit status, where it exited by itself.
  std::optional<int> signal;  ///< Signal number, where one killed it.

  bool success() const { return status == 0; }
  /// "exit status 3" or "signal 9 (Killed)".
  std::string describe() const;
};

/// A child process that cannot outlive its owner: destroying the object kills and reaps it.
/// One thread at a time.
class ChildProcess {
 public:
  /// "runtime.program_missing" where the program cannot be found or run.
  static Result<ChildProcess> start(const ChildOptions& options);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const { return pid_; }
  /// Waits for the end within `context`; the child goes on where the wait fails.
  Result<ChildExit> wait(const CallContext& context);
  /// SIGKILL; the end still has to be waited for (the destructor does).
  void kill();
  /// The pipe of captured output; invalid where nothing is captured.
  const UniqueFd& output() const { return output_; }

 private:
  ChildProcess(pid_t pid, UniqueFd pidfd, UniqueFd output);
  void end() noexcept;

  pid_t pid_ = -1;
  UniqueFd pidfd_;  // Readable once the child has ended: what makes wait() boundable.
  UniqueFd output_;
};

/// What a finished command left.
struct CommandResult {
  ChildExit exit;
  std::string output;
};

/// Runs a command to its end and collects its output, at most `output_max` bytes of it (the rest is
/// read and dropped). Killed where the context ends first.
Result<CommandResult> run_command(const CallContext& context, ChildOptions options,
                                  std::size_t output_max);

}  // namespace sotto::runtime
