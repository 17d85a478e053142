#include "base/mutex.h"

#include <gtest/gtest.h>
#include <thread>

namespace sotto {
namespace {

using namespace std::chrono_literals;

class Flag {
 public:
  Result<> wait(const CallContext& context) {
    const MutexLock lock(mutex_);
    while (!set_) SOTTO_TRY(changed_.wait(context, mutex_));
    return {};
  }
  void set() {
    {
      const MutexLock lock(mutex_);
      set_ = true;
    }
    changed_.notify_all();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ SOTTO_GUARDED_BY(mutex_) = false;
};

TEST(CondVar, WakesOnNotification) {
  Flag flag;
  std::jthread setter([&] { flag.set(); });
  EXPECT_TRUE(flag.wait(CallContext::with_timeout(1min)));
}

TEST(CondVar, EndsAtTheDeadline) {
  Flag flag;
  EXPECT_EQ(flag.wait(CallContext::with_timeout(1ms)).error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(CondVar, EndsWhenStopped) {
  Flag flag;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  const CallContext context(CallContext::kNoDeadline, source.get_token());
  EXPECT_EQ(flag.wait(context).error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto
