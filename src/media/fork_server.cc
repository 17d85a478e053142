#include "media/fork_server.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "media/job.h"
#include "media/protocol/messages.h"
#include "media/protocol/packet_socket.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOTTO_INTERNAL_SANITIZED 1
#else
#define SOTTO_INTERNAL_SANITIZED 0
#endif

namespace sotto::media {
namespace {

using runtime::UniqueFd;

constexpr int kJobSocket = 3;                   // Where a child finds its caller.
constexpr rlim_t kMemoryMax = rlim_t{1} << 30;  // Ten times what real files take.
constexpr rlim_t kDescriptorsMax = 4;           // 0, 1, 2 and the job's socket.
constexpr int kForkFailed = 75;                 // EX_TEMPFAIL of sysexits(3).
constexpr std::size_t kControlPacketMax = 256;

void limit(decltype(RLIMIT_DATA) resource, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  // Lowering one's own limit cannot fail; where it did, the child is no worse off than before.
  (void)::setrlimit(resource, &both);
}

/// What a child does with its life. Only _exit: handlers of the server are not its own.
[[noreturn]] void be_child(int socket, pid_t server, const sigset_t& signals) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != server) ::_exit(1);  // It died before prctl could take effect.
  ::dup2(socket, kJobSocket);
  ::close_range(kJobSocket + 1, ~0U, 0);
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  limit(RLIMIT_CORE, 0);
  // Sanitizers map terabytes of shadow and open pipes to look at memory.
  if (SOTTO_INTERNAL_SANITIZED == 0) {
    limit(RLIMIT_NOFILE, kDescriptorsMax);
    limit(RLIMIT_DATA, kMemoryMax);
  }
  serve_job(kJobSocket);
  ::_exit(0);
}

class ForkServer {
 public:
  ForkServer(int control, UniqueFd children, const sigset_t& signals)
      : control_(control), children_(std::move(children)), signals_(signals) {}

  void run() {
    if (!say(Hello{})) return;
    for (;;) {
      std::array<pollfd, 2> events{pollfd{.fd = control_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = children_.get(), .events = POLLIN, .revents = 0}};
      if (::poll(events.data(), events.size(), -1) < 0) continue;
      if (events[1].revents != 0 && !reap()) return;
      if (events[0].revents != 0 && !listen()) return;
    }
  }

 private:
  bool say(const FromServer& message) {
    return send(control_, encode(message), Waiting::kForever) == Transfer::kDone;
  }

  bool reap() {
    signalfd_siginfo ignored{};
    // One signal may stand for several deaths, so who died is asked of waitpid alone.
    (void)!::read(children_.get(), &ignored, sizeof(ignored));
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid <= 0) return true;
      const auto job = jobs_.find(pid);
      if (job == jobs_.end()) continue;
      const bool by_signal = WIFSIGNALED(status);
      const JobEnded ended{.job = job->second,
                           .by_signal = by_signal,
                           .value = by_signal ? WTERMSIG(status) : WEXITSTATUS(status)};
      jobs_.erase(job);
      if (!say(ended)) return false;
    }
  }

  bool listen() {
    std::array<std::byte, kControlPacketMax> buffer{};
    auto packet = receive(control_, buffer, Waiting::kForever);
    if (!packet || packet->transfer != Transfer::kDone) return false;
    const auto message = decode_to_server(packet->bytes);
    if (!message) return false;
    if (const auto* start = std::get_if<StartJob>(&*message))
      return start_job(start->job, std::move(packet->descriptor));
    if (const auto* kill = std::get_if<KillJob>(&*message)) kill_job(kill->job);
    return true;
  }

  bool start_job(std::uint64_t job, UniqueFd socket) {
    if (!socket) return false;
    const pid_t server = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) be_child(socket.get(), server, signals_);
    if (pid < 0) return say(JobEnded{.job = job, .value = kForkFailed});
    jobs_.emplace(pid, job);
    return true;
  }

  void kill_job(std::uint64_t job) {
    const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                    [&](const auto& entry) { return entry.second == job; });
    if (found != jobs_.end()) ::kill(found->first, SIGKILL);
  }

  const int control_;
  const UniqueFd children_;  // Readable when a child has ended.
  const sigset_t signals_;   // The mask to give children back.
  std::map<pid_t, std::uint64_t> jobs_;
};

}  // namespace

int run_fork_server(int control) {
  sigset_t child_ended;
  sigset_t before;
  ::sigemptyset(&child_ended);
  ::sigaddset(&child_ended, SIGCHLD);
  if (::sigprocmask(SIG_BLOCK, &child_ended, &before) != 0) return 1;
  UniqueFd children(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!children) return 1;
  ForkServer(control, std::move(children), before).run();
  return 0;
}

}  // namespace sotto::media
