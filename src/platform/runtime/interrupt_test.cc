#include "platform/runtime/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) is not in <csignal>.
#include <unistd.h>

#include "base/mutex.h"

namespace sotto::runtime {
namespace {

using namespace std::chrono_literals;

/// Waits until the token is stopped; the context's deadline is the test's own safety net.
bool stopped(const std::stop_token& token) {
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  const CallContext context = CallContext::with_timeout(1min).with_stop(token);
  Result<> result;
  while ((result = never.wait(context, mutex))) {
  }
  return result.error().code() == ErrorCode::kCancelled;
}

TEST(Interrupt, TurnsASignalIntoAStop) {
  const auto interrupt = Interrupt::install().value();
  EXPECT_FALSE(interrupt->token().stop_requested());
  ::kill(::getpid(), SIGINT);
  EXPECT_TRUE(stopped(interrupt->token()));
}

TEST(Interrupt, TakesHangupsOnce) {
  const auto interrupt = Interrupt::install(Interrupt::Hangups::kTake).value();
  ::kill(::getpid(), SIGHUP);
  EXPECT_TRUE(interrupt->wait_for_hangup(CallContext::with_timeout(1min)));
  const auto none = interrupt->wait_for_hangup(CallContext::with_timeout(0ms));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(interrupt->token().stop_requested());
}

TEST(Interrupt, StopsWaitingForHangupsWhenItStops) {
  const auto interrupt = Interrupt::install(Interrupt::Hangups::kTake).value();
  ::kill(::getpid(), SIGTERM);
  const auto ended = interrupt->wait_for_hangup(CallContext::with_timeout(1min));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::kCancelled);
}

TEST(Interrupt, LeavesHangupsAloneUnlessAsked) {
  EXPECT_EXIT(
      {
        // Whoever started the tests may ignore it, and other tests block it.
        ::signal(SIGHUP, SIG_DFL);
        sigset_t hangup;
        ::sigemptyset(&hangup);
        ::sigaddset(&hangup, SIGHUP);
        ::pthread_sigmask(SIG_UNBLOCK, &hangup, nullptr);
        const auto interrupt = Interrupt::install().value();
        ::kill(::getpid(), SIGHUP);
        ::_exit(0);
      },
      testing::KilledBySignal(SIGHUP), "");
}

TEST(Interrupt, EndsTheProcessAtTheSecondSignal) {
  EXPECT_EXIT(
      {
        const auto interrupt = Interrupt::install().value();
        ::kill(::getpid(), SIGINT);
        stopped(interrupt->token());
        for (;;) ::kill(::getpid(), SIGTERM);
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace sotto::runtime
