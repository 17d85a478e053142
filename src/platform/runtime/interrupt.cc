#include "platform/runtime/interrupt.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigset_t is not in <csignal>.
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/mutex.h"
#include "platform/runtime/system_error.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::runtime {
namespace {

constexpr int kInterruptedStatus = 130;  // What shells give for a program ended by SIGINT.

}  // namespace

class Interrupt::Watcher {
 public:
  Watcher(UniqueFd signals, UniqueFd quit) : signals_(std::move(signals)), quit_(std::move(quit)) {
    thread_ = std::jthread([this] { watch(); });
  }
  ~Watcher() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(quit_.get(), &one, sizeof one);
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  std::stop_token token() const { return source_.get_token(); }

  Result<> wait_for_hangup(const CallContext& context) {
    const CallContext call = context.with_stop(source_.get_token());
    const MutexLock lock(mutex_);
    while (!hangup_) SOTTO_TRY(hung_up_.wait(call, mutex_));
    hangup_ = false;
    return {};
  }

 private:
  void watch() {
    std::array<pollfd, 2> events{{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                  {.fd = quit_.get(), .events = POLLIN, .revents = 0}}};
    for (;;) {
      if (::poll(events.data(), events.size(), -1) < 0) continue;
      if (events[1].revents != 0) return;
      signalfd_siginfo info{};
      if (::read(signals_.get(), &info, sizeof info) != sizeof info) continue;
      if (info.ssi_signo == SIGHUP) {
        const MutexLock lock(mutex_);
        hangup_ = true;
        hung_up_.notify_all();
      } else if (!source_.request_stop()) {
        ::_exit(kInterruptedStatus);
      }
    }
  }

  const UniqueFd signals_;
  const UniqueFd quit_;
  std::stop_source source_;
  Mutex mutex_;
  CondVar hung_up_;
  bool hangup_ SOTTO_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // Last: it uses the members above, and its end is waited for first.
};

Interrupt::Interrupt(std::unique_ptr<Watcher> watcher) : watcher_(std::move(watcher)) {}
Interrupt::~Interrupt() = default;

Result<std::unique_ptr<Interrupt>> Interrupt::install(Hangups hangups) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGINT);
  ::sigaddset(&wanted, SIGTERM);
  if (hangups == Hangups::kTake) ::sigaddset(&wanted, SIGHUP);
  if (const int failure = ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); failure != 0)
    return system_error(failure, "watch for signals");
  UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC));
  UniqueFd quit(::eventfd(0, EFD_CLOEXEC));
  if (!signals || !quit) return system_error(errno, "watch for signals");
  return std::unique_ptr<Interrupt>(
      new Interrupt(std::make_unique<Watcher>(std::move(signals), std::move(quit))));
}

std::stop_token Interrupt::token() const { return watcher_->token(); }

Result<> Interrupt::wait_for_hangup(const CallContext& context) {
  return watcher_->wait_for_hangup(context);
}

}  // namespace sotto::runtime
