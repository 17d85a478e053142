#include "platform/runtime/bounded_queue.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace sotto::runtime {
namespace {

using namespace std::chrono_literals;

CallContext soon() { return CallContext::with_timeout(1min); }

TEST(BoundedQueue, KeepsOrder) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.push(soon(), i));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.pop(soon()).value(), i);
}

TEST(BoundedQueue, RefusesAtTheLimit) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_EQ(queue.try_push(3).error().reason(), "runtime.queue_full");
  EXPECT_EQ(queue.push(CallContext::with_timeout(1ms), 3).error().code(),
            ErrorCode::kDeadlineExceeded);
}

TEST(BoundedQueue, GivesWhatIsInsideAfterClose) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.push(soon(), 1));
  queue.close();
  EXPECT_EQ(queue.push(soon(), 2).error().reason(), "runtime.queue_closed");
  EXPECT_EQ(queue.pop(soon()).value(), 1);
  EXPECT_EQ(queue.pop(soon()).value(), std::nullopt);
}

TEST(BoundedQueue, PassesEverythingBetweenThreads) {
  constexpr int kCount = 2000;
  BoundedQueue<int> queue(4);
  std::vector<std::jthread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&queue, w] {
      for (int i = w; i < kCount; i += 2) ASSERT_TRUE(queue.push(soon(), i));
    });
  }
  std::vector<bool> seen(kCount);
  for (int i = 0; i < kCount; ++i) {
    const auto item = queue.pop(soon()).value();
    ASSERT_TRUE(item);
    EXPECT_FALSE(seen[static_cast<std::size_t>(*item)]);
    seen[static_cast<std::size_t>(*item)] = true;
  }
}

TEST(BoundedQueue, StopsWaitingWhenAsked) {
  BoundedQueue<int> queue(1);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  const CallContext context(CallContext::kNoDeadline, source.get_token());
  EXPECT_EQ(queue.pop(context).error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto::runtime
