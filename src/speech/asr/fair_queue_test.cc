#include "speech/asr/internal/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sotto::asr::internal {
namespace {

using testing::ElementsAre;

std::vector<int> drain(FairQueue<int>& queue) {
  std::vector<int> items;
  while (const auto item = queue.pop()) items.push_back(*item);
  return items;
}

TEST(FairQueue, ServesFirstComeFirst) {
  FairQueue<int> queue;
  for (const int item : {1, 2, 3}) queue.push(Priority::kNormal, "a", item);
  EXPECT_THAT(drain(queue), ElementsAre(1, 2, 3));
}

TEST(FairQueue, ServesTheMoreUrgentFirst) {
  FairQueue<int> queue;
  queue.push(Priority::kBackground, "a", 1);
  queue.push(Priority::kNormal, "a", 2);
  queue.push(Priority::kInteractive, "a", 3);
  EXPECT_THAT(drain(queue), ElementsAre(3, 2, 1));
}

TEST(FairQueue, TakesTurnsAmongKeys) {
  FairQueue<int> queue;
  for (const int item : {1, 2, 3, 4}) queue.push(Priority::kNormal, "a", item);
  for (const int item : {11, 12}) queue.push(Priority::kNormal, "b", item);
  queue.push(Priority::kNormal, "c", 21);
  EXPECT_THAT(drain(queue), ElementsAre(1, 11, 21, 2, 12, 3, 4));
}

TEST(FairQueue, RemovesWhereverAnItemStands) {
  FairQueue<int> queue;
  for (const int item : {1, 2, 3}) queue.push(Priority::kNormal, "a", item);
  queue.push(Priority::kBackground, "b", 4);
  EXPECT_TRUE(queue.remove(2));
  EXPECT_TRUE(queue.remove(4));
  EXPECT_FALSE(queue.remove(4));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_THAT(drain(queue), ElementsAre(1, 3));
}

}  // namespace
}  // namespace sotto::asr::internal
