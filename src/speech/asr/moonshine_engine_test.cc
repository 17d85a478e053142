#include "speech/asr/moonshine_engine.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <random>
#include <stop_token>
#include <system_error>

#include "platform/infer/testing/corpus_speech.h"
#include "platform/infer/testing/model_folder.h"
#include "speech/asr/registry.h"
#include "speech/asr/testing/engine_contract.h"
#include "speech/asr/testing/recognizer_contract.h"

namespace sotto::asr {
namespace {

using testing::HasSubstr;

const infer::Runtime& runtime() {
  static const auto kRuntime = infer::Runtime::create().value();
  return *kRuntime;
}

std::unique_ptr<const Engine> loaded(const char* name) {
  const auto folder = infer::test_model(name);
  if (!folder) return nullptr;
  return create_engine(runtime(), "moonshine", *folder).value();
}

// The smaller model: the tests are about us, not about its words.
const Engine* tiny() {
  static const std::unique_ptr<const Engine> kEngine = loaded("moonshine-tiny");
  return kEngine.get();
}

struct TinyMaker {
  static const Engine* make() { return tiny(); }
};
struct BaseMaker {
  static const Engine* make() {
    static const std::unique_ptr<const Engine> kEngine = loaded("moonshine-base");
    return kEngine.get();
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Tiny, EngineContract, TinyMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Base, EngineContract, BaseMaker);

struct MoonshineMaker {
  static std::unique_ptr<Recognizer> make() {
    const auto folder = infer::test_model("moonshine-tiny");
    if (!folder) return nullptr;
    return create_recognizer(runtime(), "moonshine", *folder, {.worker_count = 2}).value();
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Moonshine, RecognizerContract, MoonshineMaker);

AudioSegment segment_of(std::vector<float> samples) {
  AudioSegment segment;
  segment.start_ms = 5'000;
  segment.end_ms = 5'000 + static_cast<transcript::Milliseconds>(samples.size() / 16);
  segment.samples = std::move(samples);
  segment.channel = 1;
  return segment;
}

class MoonshineSpeech : public testing::Test {
 protected:
  void SetUp() override {
    if (tiny() == nullptr) GTEST_SKIP() << "SOTTO_MODELS is not set";
  }
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(2));
};

TEST_F(MoonshineSpeech, HearsWhatIsSaid) {
  const auto speech = infer::corpus_speech("en_misc/jfk.wav");
  if (!speech) GTEST_SKIP() << "SOTTO_CORPUS is not set";
  const auto recognition = tiny()->recognize(context_, segment_of(*speech), {}).value();
  ASSERT_EQ(recognition.segments.size(), 1U);
  const transcript::Segment& segment = recognition.segments[0];
  EXPECT_THAT(segment.text, HasSubstr("ask not what your country can do for you"));
  EXPECT_EQ(segment.start_ms, 5'000);
  EXPECT_EQ(segment.end_ms, 16'000);
  EXPECT_EQ(segment.language, "en");
  EXPECT_EQ(segment.channel, 1);
  EXPECT_GT(*segment.confidence, -0.6);
  EXPECT_LE(*segment.confidence, 0);
  EXPECT_GT(recognition.stats.token_count, 20U);
  EXPECT_GT(recognition.stats.decoding.count(), 0);
}

TEST_F(MoonshineSpeech, HearsTheSameInSeveralThreads) {
  const auto speech = infer::corpus_speech("en_misc/jfk.wav");
  if (!speech) GTEST_SKIP() << "SOTTO_CORPUS is not set";
  const AudioSegment segment = segment_of(*speech);
  const auto expected = tiny()->recognize(context_, segment, {}).value().segments;
  std::vector<std::vector<transcript::Segment>> heard(3);
  {
    std::vector<std::jthread> threads;
    for (auto& result : heard) {
      threads.emplace_back(
          [&] { result = tiny()->recognize(context_, segment, {}).value().segments; });
    }
  }
  EXPECT_THAT(heard, testing::Each(expected));
}

TEST_F(MoonshineSpeech, HearsNoWordsInSilenceAndFaintNoise) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 1e-4F);
  std::vector<float> noise(5 * kSampleRate);
  for (float& sample : noise) sample = normal(random);
  EXPECT_TRUE(tiny()->recognize(context_, segment_of(noise), {}).value().segments.empty());
  const std::vector<float> silence(5 * kSampleRate);
  EXPECT_TRUE(tiny()->recognize(context_, segment_of(silence), {}).value().segments.empty());
}

TEST_F(MoonshineSpeech, EndsWhenStopped) {
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  const auto result = tiny()->recognize(context_.with_stop(source.get_token()),
                                        segment_of(std::vector<float>(30 * kSampleRate, 0.1F)), {});
  EXPECT_EQ(result.error().reason(), "base.cancelled");
}

TEST_F(MoonshineSpeech, TakesEnglishOfAnyPlace) {
  const AudioSegment segment = segment_of(std::vector<float>(1'600));
  EXPECT_TRUE(tiny()->accepts(segment, {.language = "en"}));
  EXPECT_TRUE(tiny()->accepts(segment, {.language = "en-GB"}));
  EXPECT_EQ(tiny()->accepts(segment, {.language = "fr"}).error().reason(),
            "asr.language_unsupported");
}

TEST(MoonshineFiles, AreNamedWhenMissing) {
  const auto error = create_engine(runtime(), "moonshine", "/nowhere").error();
  EXPECT_EQ(error.reason(), "asr.vocabulary_missing");
}

// A folder of links to real files, so that one of them can be another.
class LinkedFolder {
 public:
  LinkedFolder() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "sotto-asr-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~LinkedFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  void link(const char* name, const std::filesystem::path& target) const {
    std::error_code error;
    std::filesystem::create_symlink(target, path_ / name, error);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(MoonshineFiles, AreRefusedWhenTheyAreOfAnotherModel) {
  const auto folder = infer::test_model("moonshine-tiny");
  const auto vad = infer::test_model("silero-vad/silero_vad_v6.onnx");
  if (!folder || !vad) GTEST_SKIP() << "SOTTO_MODELS is not set";
  const LinkedFolder mixed;
  mixed.link("llama-tokenizer.js", *folder / "llama-tokenizer.js");
  mixed.link("encoder_model.onnx", *vad);
  mixed.link("decoder_model_merged.onnx", *folder / "decoder_model_merged.onnx");
  EXPECT_EQ(create_engine(runtime(), "moonshine", mixed.path()).error().reason(),
            "asr.model_mismatch");
}

TEST(MoonshineFiles, AreRefusedWhenBaseAndTinyAreMixed) {
  const auto small = infer::test_model("moonshine-tiny");
  const auto large = infer::test_model("moonshine-base");
  if (!small || !large) GTEST_SKIP() << "SOTTO_MODELS is not set";
  const LinkedFolder mixed;
  mixed.link("llama-tokenizer.js", *small / "llama-tokenizer.js");
  mixed.link("encoder_model.onnx", *large / "encoder_model.onnx");
  mixed.link("decoder_model_merged.onnx", *small / "decoder_model_merged.onnx");
  EXPECT_EQ(create_engine(runtime(), "moonshine", mixed.path()).error().reason(),
            "asr.model_mismatch");
}

TEST(Registry, KnowsItsFamilies) { EXPECT_THAT(families(), testing::Contains("moonshine")); }

TEST(Registry, RefusesAnUnknownFamily) {
  const auto error = create_engine(runtime(), "parrot", "/nowhere").error();
  EXPECT_EQ(error.reason(), "asr.family_unknown");
  EXPECT_THAT(error.message(), HasSubstr("moonshine"));
}

}  // namespace
}  // namespace sotto::asr
