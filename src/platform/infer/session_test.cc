#include "platform/infer/session.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <stop_token>
#include <thread>

#include "platform/infer/testing/model_folder.h"

namespace sotto::infer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Session : public testing::Test {
 protected:
  std::unique_ptr<infer::Session> doubling() {
    const TemporaryFile file(doubling_model());
    return infer::Session::create(*runtime_, file.path()).value();
  }
  Error refusal(std::string_view bytes, const SessionOptions& options = {}) {
    const TemporaryFile file(bytes);
    return infer::Session::create(*runtime_, file.path(), options).error();
  }
  std::unique_ptr<Runtime> runtime_ = Runtime::create().value();
  const CallContext context_ = CallContext::with_timeout(1min);
};

constexpr const char* kY[] = {"y"};

TEST_F(Session, TellsItsPorts) {
  const auto session = doubling();
  ASSERT_EQ(session->inputs().size(), 1U);
  EXPECT_EQ(session->inputs()[0].name, "x");
  EXPECT_THAT(session->inputs()[0].shape, ElementsAre(-1));
  EXPECT_NE(session->output("y"), nullptr);
  EXPECT_EQ(session->output("z"), nullptr);
}

TEST_F(Session, Computes) {
  const auto session = doubling();
  const Tensor x = Tensor::own(std::vector<float>{1, 2, 3}, {3});
  const Feed feeds[] = {{"x", &x}};
  const auto outputs = session->run(context_, feeds, kY).value();
  EXPECT_THAT(outputs[0].floats().value(), ElementsAre(2, 4, 6));
}

TEST_F(Session, FeedsAnOutputBackInPlace) {
  const auto session = doubling();
  Tensor x = Tensor::own(std::vector<float>{1, 2}, {2});
  for (int i = 0; i < 3; ++i) {
    const Feed feeds[] = {{"x", &x}};
    auto outputs = session->run(context_, feeds, kY).value();
    const float* made = outputs[0].floats().value().data();
    x = std::move(outputs[0]);
    EXPECT_EQ(x.floats().value().data(), made);
  }
  EXPECT_THAT(x.floats().value(), ElementsAre(8, 16));
}

TEST_F(Session, RunsInSeveralThreadsAtOnce) {
  const auto session = doubling();
  std::vector<int> good(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < good.size(); ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 50; ++round) {
          const Tensor x = Tensor::own(std::vector<float>(i + 1, static_cast<float>(round)),
                                       {static_cast<std::int64_t>(i + 1)});
          const Feed feeds[] = {{"x", &x}};
          const auto outputs = session->run(context_, feeds, kY).value();
          const auto y = outputs[0].floats().value();
          good[i] += y.size() == i + 1 && y.back() == static_cast<float>(2 * round) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_THAT(good, testing::Each(50));
}

TEST_F(Session, RefusesWrongInputsByError) {
  const auto session = doubling();
  const Tensor integers = Tensor::own(std::vector<std::int64_t>{1}, {1});
  const Tensor matrix = Tensor::own(std::vector<float>{1, 2}, {1, 2});
  const Feed wrong_type[] = {{"x", &integers}};
  const Feed wrong_rank[] = {{"x", &matrix}};
  const Feed wrong_name[] = {{"q", &matrix}};
  EXPECT_EQ(session->run(context_, wrong_type, kY).error().reason(), "infer.run_failed");
  EXPECT_EQ(session->run(context_, wrong_rank, kY).error().reason(), "infer.run_failed");
  EXPECT_EQ(session->run(context_, wrong_name, kY).error().reason(), "infer.run_failed");
}

TEST_F(Session, StartsNothingOnceStopped) {
  const auto session = doubling();
  std::stop_source source;
  source.request_stop();
  const Tensor x = Tensor::own(std::vector<float>{1}, {1});
  const Feed feeds[] = {{"x", &x}};
  const CallContext stopped = context_.with_stop(source.get_token());
  EXPECT_EQ(session->run(stopped, feeds, kY).error().reason(), "base.cancelled");
}

TEST_F(Session, NamesTheMissingFile) {
  const auto error = infer::Session::create(*runtime_, "/nowhere/encoder.onnx").error();
  EXPECT_EQ(error.reason(), "infer.model_missing");
  EXPECT_THAT(error.message(), HasSubstr("encoder.onnx"));
  EXPECT_EQ(infer::Session::create(*runtime_, "/tmp").error().reason(), "infer.model_missing");
}

TEST_F(Session, RefusesWhatIsNoModel) {
  EXPECT_EQ(refusal("").reason(), "infer.model_unreadable");
  EXPECT_EQ(refusal("not a model at all").reason(), "infer.model_unreadable");
  EXPECT_EQ(refusal(std::string(5000, '\xff')).reason(), "infer.model_unreadable");
}

TEST_F(Session, RefusesEveryTruncation) {
  const std::string_view whole = doubling_model();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const TemporaryFile file(whole.substr(0, size));
    const auto session = infer::Session::create(*runtime_, file.path());
    // A cut at the end of a field can leave another valid model; it must not leave a crash.
    if (session) continue;
    EXPECT_EQ(session.error().reason(), "infer.model_unreadable") << size;
  }
}

TEST_F(Session, SurvivesEveryChangedByte) {
  const std::string whole(doubling_model());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    const TemporaryFile file(damaged);
    const auto session = infer::Session::create(*runtime_, file.path());
    if (session) continue;
    EXPECT_THAT(session.error().reason(), HasSubstr("infer.model_")) << i;
  }
}

TEST_F(Session, RefusesElementTypesThatWeDoNotUse) {
  std::string doubles(doubling_model());
  // elem_type of both ports: 1 (float) becomes 11 (double).
  for (std::size_t at = 0; (at = doubles.find("\010\001\022\005", at)) != std::string::npos; ++at) {
    doubles[at + 1] = '\013';
  }
  EXPECT_EQ(refusal(doubles).reason(), "infer.model_unsupported");
}

TEST_F(Session, RefusesAFileThatIsTooLarge) {
  EXPECT_EQ(refusal(doubling_model(), {.file_bytes_max = 64}).reason(), "infer.model_too_large");
}

TEST_F(Session, RefusesARealModelCutShort) {
  const auto path = test_model("silero-vad/silero_vad_v6.onnx");
  if (!path) GTEST_SKIP() << "SOTTO_MODELS is not set";
  std::ifstream file(*path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(refusal(whole.substr(0, whole.size() / 2)).reason(), "infer.model_unreadable");
  EXPECT_EQ(refusal(whole.substr(0, whole.size() - 1)).reason(), "infer.model_unreadable");
}

}  // namespace
}  // namespace sotto::infer
