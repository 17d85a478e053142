#include "speech/asr/loading_recognizer.h"

#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <utility>

#include "speech/asr/testing/fake_recognizer.h"

namespace sotto::asr {
namespace {

using namespace std::chrono_literals;

CallContext soon() { return CallContext::with_timeout(1min); }

AudioSegment sound() { return {.end_ms = 1000, .samples = std::vector<float>(16'000, 0.5F)}; }

/// A load that ends when the test says so.
class HeldLoad {
 public:
  LoadingRecognizer::Load load() {
    return [future = outcome_.get_future().share()]() -> Result<std::unique_ptr<Recognizer>> {
      if (!future.get())
        return Error(ErrorCode::kDataLoss, "infer.model_unreadable", "Not a model.");
      return std::unique_ptr<Recognizer>(std::make_unique<FakeRecognizer>());
    };
  }
  void finish(bool good) { outcome_.set_value(good); }

 private:
  std::promise<bool> outcome_;
};

TEST(LoadingRecognizer, WaitsForTheModelWithinItsContext) {
  HeldLoad held;
  LoadingRecognizer recognizer(held.load());
  EXPECT_EQ(recognizer.submit(CallContext::with_timeout(1ms), sound(), {}).error().code(),
            ErrorCode::kDeadlineExceeded);
  held.finish(true);
  const auto ticket = recognizer.submit(soon(), sound(), {});
  ASSERT_TRUE(ticket);
  EXPECT_EQ((*ticket)->wait(soon())->segments.front().text, "heard 16000");
  EXPECT_TRUE(recognizer.try_submit(soon(), sound(), {}));
}

TEST(LoadingRecognizer, GivesTheLoadersErrorToEveryCall) {
  HeldLoad held;
  LoadingRecognizer recognizer(held.load());
  held.finish(false);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(recognizer.submit(soon(), sound(), {}).error().reason(), "infer.model_unreadable");
}

TEST(LoadingRecognizer, AnswersAfterClose) {
  HeldLoad held;
  LoadingRecognizer recognizer(held.load());
  recognizer.close();
  EXPECT_EQ(recognizer.submit(soon(), sound(), {}).error().reason(), "asr.shutting_down");
  held.finish(true);
}

}  // namespace
}  // namespace sotto::asr
