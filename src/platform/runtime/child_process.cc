#include "platform/runtime/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) is not in <csignal>.
#include <spawn.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): sigdescr_np is not in <cstring>.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "platform/runtime/system_error.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us.

namespace sotto::runtime {
namespace {

constexpr std::chrono::milliseconds kPollMax{100};  // How late a requested stop may be noticed.

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> result = extra;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced = std::any_of(extra.begin(), extra.end(), [&](const std::string& other) {
      return other.starts_with(name);
    });
    if (!replaced) result.emplace_back(text);
  }
  return result;
}

/// The file actions and attributes of one posix_spawn, freed together.
class SpawnPlan {
 public:
  SpawnPlan() {
    SOTTO_CHECK(::posix_spawn_file_actions_init(&actions_) == 0);
    SOTTO_CHECK(::posix_spawnattr_init(&attributes_) == 0);
    // The child starts with default signals: the caller may have blocked Ctrl-C for its own use.
    sigset_t all_signals;
    sigset_t none;
    ::sigfillset(&all_signals);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all_signals);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    // A group of its own: Ctrl-C at the terminal reaches the caller, who decides what ends.
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void duplicate(int from, int to) {
    SOTTO_CHECK(::posix_spawn_file_actions_adddup2(&actions_, from, to) == 0);
  }
  void open_null(int target, int flags) {
    SOTTO_CHECK(::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", flags, 0) == 0);
  }
  void close_from(int first) {
    SOTTO_CHECK(::posix_spawn_file_actions_addclosefrom_np(&actions_, first) == 0);
  }
  void change_folder(const std::filesystem::path& folder) {
    SOTTO_CHECK(::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()) == 0);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Copies of `descriptors` above every target number, so that placing one never overwrites another.
Result<std::vector<UniqueFd>> lift(const std::vector<int>& descriptors) {
  const int floor = 3 + static_cast<int>(descriptors.size());
  std::vector<UniqueFd> lifted;
  for (const int fd : descriptors) {
    lifted.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, floor));
    if (!lifted.back()) return system_error(errno, "pass a descriptor to a child");
  }
  return lifted;
}

}  // namespace

std::string ChildExit::describe() const {
  if (status) return "exit status " + std::to_string(*status);
  const char* name = signal ? ::sigdescr_np(*signal) : nullptr;
  return "signal " + std::to_string(signal.value_or(0)) + " (" + (name ? name : "unknown") + ')';
}

ChildProcess::ChildProcess(pid_t pid, UniqueFd pidfd, UniqueFd output)
    : pid_(pid), pidfd_(std::move(pidfd)), output_(std::move(output)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    output_ = std::move(other.output_);
  }
  return *this;
}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::end() noexcept {
  if (pid_ <= 0) return;
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  SOTTO_CHECK(!options.arguments.empty());
  Pipe pipe;
  SpawnPlan plan;
  plan.open_null(STDIN_FILENO, O_RDONLY);
  if (options.capture_output || options.capture_error) {
    SOTTO_ASSIGN(pipe, make_pipe());
  }
  if (options.capture_output) {
    plan.duplicate(pipe.write.get(), STDOUT_FILENO);
  } else {
    plan.open_null(STDOUT_FILENO, O_WRONLY);
  }
  if (options.capture_error) plan.duplicate(pipe.write.get(), STDERR_FILENO);
  SOTTO_ASSIGN(const std::vector<UniqueFd> lifted, lift(options.descriptors));
  int next = 3;
  for (const UniqueFd& fd : lifted) plan.duplicate(fd.get(), next++);
  plan.close_from(next);
  if (!options.folder.empty()) plan.change_folder(options.folder);

  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = merged_environment(options.environment);
  pid_t pid = -1;
  const int failure =
      ::posix_spawnp(&pid, arguments.front().c_str(), plan.actions(), plan.attributes(),
                     pointers(arguments).data(), pointers(environment).data());
  if (failure != 0)
    return Error(ErrorCode::kUnavailable, "runtime.program_missing",
                 "The program " + arguments.front() + " cannot be started.")
        .with_detail(system_error(failure, "start " + arguments.front()).message());
  // glibc 2.36 has no pidfd_open of its own.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  ChildProcess child(pid, std::move(pidfd), std::move(pipe.read));
  if (!child.pidfd_) return system_error(errno, "watch a child");
  return child;
}

Result<ChildExit> ChildProcess::wait(const CallContext& context) {
  SOTTO_CHECK(pid_ > 0);
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return system_error(errno, "wait for a child");
    if (ended == pid_) {
      pid_ = -1;
      if (WIFSIGNALED(status)) return ChildExit{.signal = WTERMSIG(status)};
      return ChildExit{.status = WEXITSTATUS(status)};
    }
    SOTTO_TRY(context.check());
    pollfd event{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    ::poll(&event, 1, static_cast<int>(context.remaining(kPollMax).count()));
  }
}

void ChildProcess::kill() {
  // The whole group: a package manager may have children of its own.
  if (pid_ > 0 && ::kill(-pid_, SIGKILL) != 0) ::kill(pid_, SIGKILL);
}

Result<CommandResult> run_command(const CallContext& context, ChildOptions options,
                                  std::size_t output_max) {
  options.capture_output = true;
  SOTTO_ASSIGN(ChildProcess child, ChildProcess::start(options));
  CommandResult result;
  std::array<char, 4096> buffer{};
  for (;;) {
    SOTTO_TRY(context.check());
    pollfd event{.fd = child.output().get(), .events = POLLIN, .revents = 0};
    if (::poll(&event, 1, static_cast<int>(context.remaining(kPollMax).count())) <= 0) continue;
    const ssize_t count = ::read(child.output().get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    const std::size_t room = output_max - std::min(output_max, result.output.size());
    result.output.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
  }
  SOTTO_ASSIGN(result.exit, child.wait(context));
  return result;
}

}  // namespace sotto::runtime
