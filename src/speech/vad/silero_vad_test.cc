#include "speech/vad/silero_vad.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "platform/infer/testing/corpus_speech.h"
#include "platform/infer/testing/model_folder.h"
#include "platform/runtime/file.h"
#include "speech/vad/onnx_silero_vad.h"
#include "speech/vad/testing/vad_contract.h"

namespace sotto::vad {
namespace {

constexpr const char* kFile = "silero-vad/silero_vad_v6.onnx";

struct SileroMaker {
  static std::unique_ptr<Vad> make() {
    const auto file = infer::test_model(kFile);
    if (!file) return nullptr;
    return std::make_unique<SileroVad>(SileroVad::Model::create(*file).value());
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(OwnSilero, VadContract, SileroMaker);

/// Ours and ONNX Runtime's over the same sound.
class SileroVadBesideOnnx : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = infer::test_model(kFile);
    if (!file) GTEST_SKIP() << "SOTTO_MODELS is not set";
    runtime_ = infer::Runtime::create().value();
    ours_ = SileroMaker::make();
    theirs_ =
        std::make_unique<OnnxSileroVad>(OnnxSileroVad::Model::create(*runtime_, *file).value());
  }

  /// The largest difference of a probability over the whole sound; and how many were speech.
  void compare(const std::vector<float>& sound, const std::string& name) {
    ours_->reset();
    theirs_->reset();
    const std::size_t window = ours_->window_samples();
    float largest = 0;
    for (std::size_t at = 0; at + window <= sound.size(); at += window) {
      const std::span<const float> samples(sound.data() + at, window);
      const float own = ours_->score(context_, samples).value();
      const float reference = theirs_->score(context_, samples).value();
      largest = std::max(largest, std::abs(own - reference));
      if (reference > 0.5F) ++speech_windows_;
    }
    EXPECT_LT(largest, 1e-4F) << name;
  }

  std::unique_ptr<infer::Runtime> runtime_;
  std::unique_ptr<Vad> ours_;
  std::unique_ptr<Vad> theirs_;
  int speech_windows_ = 0;
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(2));
};

TEST_F(SileroVadBesideOnnx, GivesTheSameProbabilitiesOnSpeech) {
  const auto speech = infer::corpus_speech("en_misc/jfk.wav");
  if (!speech) GTEST_SKIP() << "SOTTO_CORPUS is not set";
  compare(*speech, "jfk");
  EXPECT_GT(speech_windows_, 100);
}

TEST_F(SileroVadBesideOnnx, GivesTheSameProbabilitiesOnSoundsThatAreNone) {
  constexpr std::size_t kSamples = 80'000;
  std::vector<float> silence(kSamples);
  compare(silence, "silence");
  std::vector<float> square(kSamples);
  for (std::size_t i = 0; i < kSamples; ++i) square[i] = i / 40 % 2 == 0 ? 1.0F : -1.0F;
  compare(square, "full scale");
  std::vector<float> tiny(kSamples);
  for (std::size_t i = 0; i < kSamples; ++i) tiny[i] = i % 2 == 0 ? 1e-40F : -1e-40F;
  compare(tiny, "denormal");
  std::vector<float> noise(kSamples);
  unsigned seed = 1;
  for (float& sample : noise) {
    seed = seed * 1664525U + 1013904223U;
    sample = static_cast<float>(seed >> 8) / 16777216.0F - 0.5F;
  }
  compare(noise, "noise");
}

TEST(SileroVad, RefusesAnotherModel) {
  const infer::TemporaryFile file(infer::doubling_model());
  EXPECT_EQ(SileroVad::Model::create(file.path()).error().reason(), "infer.weight_mismatch");
}

TEST(SileroVad, RefusesAFileThatIsNoModel) {
  const infer::TemporaryFile file("hello");
  EXPECT_EQ(SileroVad::Model::create(file.path()).error().reason(), "infer.model_unreadable");
}

TEST(SileroVad, RefusesOtherSpectra) {
  const auto path = infer::test_model(kFile);
  if (!path) GTEST_SKIP() << "SOTTO_MODELS is not set";
  std::string bytes = runtime::read_file(*path, std::size_t{16} << 20).value();
  // The Hann window's middle, 1.0, stands in the file once a cosine row; any one of them will do.
  const float one = 1.0F;
  const std::size_t name = bytes.find("If_0_then_branch__Inline_0__stft.forward_basis_buffer");
  const std::size_t middle =
      bytes.find(std::string(reinterpret_cast<const char*>(&one), sizeof(one)), name);
  ASSERT_NE(middle, std::string::npos);
  bytes[middle + 3] = 0x40;
  const infer::TemporaryFile file(bytes);
  EXPECT_EQ(SileroVad::Model::create(file.path()).error().reason(), "vad.model_mismatch");
}

TEST(SileroVad, RefusesAMissingFile) {
  EXPECT_EQ(SileroVad::Model::create("/nowhere/vad.onnx").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sotto::vad
