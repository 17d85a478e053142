#include "flow/offline/segment_merge.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace sotto::offline {
namespace {

/// A ticket whose result the test gives when it likes.
class HeldTicket final : public asr::Ticket {
 public:
  Result<asr::Recognition> wait(const CallContext& context) override {
    if (!ready_) {
      SOTTO_TRY(context.check());
      return Error(ErrorCode::kInternal, "test.blocked", "This wait would never end.");
    }
    return std::move(*ready_);
  }
  void cancel() override {}

  void finish(std::vector<transcript::Segment> segments) {
    ready_ = asr::Recognition{.segments = std::move(segments)};
  }
  void fail(Error error) { ready_ = std::move(error); }

 private:
  std::optional<Result<asr::Recognition>> ready_;
};

CallContext soon() { return CallContext::with_timeout(std::chrono::minutes(1)); }

transcript::Segment segment(transcript::Milliseconds start_ms, std::string text) {
  return {.start_ms = start_ms, .end_ms = start_ms + 100, .text = std::move(text)};
}

std::string given_out(SegmentMerge& merge) {
  EXPECT_TRUE(merge.collect());
  std::string texts;
  while (const auto next = merge.next()) texts += next->text;
  return texts;
}

TEST(SegmentMerge, GivesASingleChannelOutInOrder) {
  SegmentMerge merge(1);
  const auto first = std::make_shared<HeldTicket>();
  const auto second = std::make_shared<HeldTicket>();
  merge.add({0, 0, first});
  merge.add({1000, 0, second});
  second->finish({segment(1000, "c")});
  EXPECT_EQ(given_out(merge), "");
  first->finish({segment(0, "a"), segment(500, "b")});
  EXPECT_EQ(given_out(merge), "abc");
  EXPECT_EQ(merge.pending_count(), 0U);
}

TEST(SegmentMerge, HoldsWhatAnotherChannelMayComeBefore) {
  SegmentMerge merge(2);
  const auto late = std::make_shared<HeldTicket>();
  merge.add({5000, 0, late});
  late->finish({segment(5000, "late")});
  EXPECT_EQ(given_out(merge), "");
  merge.settle(1, 4000);
  EXPECT_EQ(given_out(merge), "");
  merge.settle(1, 5000);
  EXPECT_EQ(given_out(merge), "late");
}

TEST(SegmentMerge, InterleavesTheSentencesOfChannels) {
  SegmentMerge merge(2);
  const auto left = std::make_shared<HeldTicket>();
  const auto right = std::make_shared<HeldTicket>();
  merge.add({0, 0, left});
  merge.add({3000, 1, right});
  left->finish({segment(0, "a"), segment(6000, "c")});
  EXPECT_EQ(given_out(merge), "a");
  right->finish({segment(3000, "b")});
  merge.settle(0, SegmentMerge::kEnd);
  merge.settle(1, SegmentMerge::kEnd);
  EXPECT_EQ(given_out(merge), "bc");
  EXPECT_EQ(merge.done_ms(), SegmentMerge::kEnd);
}

TEST(SegmentMerge, WaitsForTheEarliest) {
  SegmentMerge merge(2);
  const auto left = std::make_shared<HeldTicket>();
  const auto right = std::make_shared<HeldTicket>();
  merge.add({2000, 0, left});
  merge.add({1000, 1, right});
  right->finish({});
  ASSERT_TRUE(merge.wait_earliest(soon()));
  EXPECT_EQ(merge.pending_count(), 1U);
}

TEST(SegmentMerge, PassesAnErrorOn) {
  SegmentMerge merge(1);
  const auto ticket = std::make_shared<HeldTicket>();
  merge.add({0, 0, ticket});
  ticket->fail(Error(ErrorCode::kUnavailable, "infer.run_failed", "No."));
  EXPECT_EQ(merge.collect().error().reason(), "infer.run_failed");
}

}  // namespace
}  // namespace sotto::offline
