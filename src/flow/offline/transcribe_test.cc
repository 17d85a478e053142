#include "flow/offline/transcribe.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): environment of the test alone.
#include <string>
#include <utility>
#include <vector>

#include "speech/asr/testing/fake_recognizer.h"
#include "speech/vad/testing/fake_vad.h"

// The decoder is the real helper; detector and recognizer are fakes whose answers are known, so
// that what is tested is how sound and segments flow.

namespace sotto::offline {
namespace {

using transcript::Milliseconds;

constexpr std::size_t kRate = audio::kSampleRate;
// The segmenter keeps some sound around speech; a window of the fake detector comes on top.
constexpr double kPaddingMs =
    1000.0 * vad::SegmenterOptions{}.padding_samples / vad::kSampleRate + 100;

/// A WAV file in memory: interleaved 16-bit samples at 16 kHz.
class WavSource final : public audio::ByteSource {
 public:
  WavSource(const std::vector<float>& samples, std::uint16_t channels) {
    text("RIFF");
    number<std::uint32_t>(static_cast<std::uint32_t>(36 + 2 * samples.size()));
    text("WAVEfmt ");
    number<std::uint32_t>(16);
    number<std::uint16_t>(1);
    number<std::uint16_t>(channels);
    number<std::uint32_t>(kRate);
    number<std::uint32_t>(kRate * 2 * channels);
    number<std::uint16_t>(static_cast<std::uint16_t>(2 * channels));
    number<std::uint16_t>(16);
    text("data");
    number<std::uint32_t>(static_cast<std::uint32_t>(2 * samples.size()));
    for (const float sample : samples)
      number<std::int16_t>(static_cast<std::int16_t>(std::lround(sample * 32767)));
  }

  Result<std::size_t> read_at(const CallContext&, std::uint64_t offset,
                              std::span<std::byte> bytes) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(bytes.size(), bytes_.size() - offset);
    std::memcpy(bytes.data(), bytes_.data() + offset, count);
    return count;
  }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool seekable() const override { return true; }
  Result<> make_seekable(const CallContext&) override { return {}; }

 private:
  void text(const char* characters) { bytes_ += characters; }
  template <typename T>
  void number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  std::string bytes_;
};

/// Keeps what it hears.
class RecordingSink final : public TranscriptSink {
 public:
  Result<> on_start(const audio::AudioInfo& info) override {
    EXPECT_TRUE(segments.empty());
    channel_count = info.output_channels;
    return {};
  }
  Result<> on_segment(const transcript::Segment& segment) override {
    if (refusal) return *refusal;
    segments.push_back(segment);
    return {};
  }
  void on_progress(Milliseconds done_ms) override {
    EXPECT_GE(done_ms, progress_ms);
    progress_ms = done_ms;
  }

  std::optional<Error> refusal;
  std::uint32_t channel_count = 0;
  std::vector<transcript::Segment> segments;
  Milliseconds progress_ms = 0;
};

struct Span {
  double start_s;
  double end_s;
};

/// Loud (which the fake detector takes for speech) within `spans`, silent elsewhere.
void speak(std::vector<float>& samples, const std::vector<Span>& spans, std::size_t channel,
           std::size_t channels) {
  for (const Span& span : spans) {
    for (auto i = static_cast<std::size_t>(span.start_s * kRate);
         i < static_cast<std::size_t>(span.end_s * kRate); ++i)
      samples[i * channels + channel] = (i / 20) % 2 == 0 ? 0.8F : -0.8F;
  }
}

class Transcribe : public testing::Test {
 protected:
  static std::filesystem::path helper_program() {
    const char* folder = ::getenv("SOTTO_BINARY_DIR");
    return std::filesystem::path(folder == nullptr ? "." : folder) / "sotto-media";
  }

  Result<transcript::Transcript> run(const std::vector<float>& samples, std::uint16_t channels) {
    WavSource source(samples, channels);
    const TranscribeParts parts{.media = media_, .recognizer = recognizer_, .make_vad = [] {
                                  return std::make_unique<vad::FakeVad>();
                                }};
    return transcribe(context_, parts, source, options_, sink_);
  }

  audio::MediaHelper media_{{.program = helper_program()}};
  asr::FakeRecognizer recognizer_;
  TranscribeOptions options_;
  RecordingSink sink_;
  std::stop_source stop_;
  const CallContext context_ =
      CallContext::with_timeout(std::chrono::minutes(2)).with_stop(stop_.get_token());
};

TEST_F(Transcribe, HandsSegmentsOverInOrderOfTime) {
  std::vector<float> samples(40 * kRate);
  speak(samples, {{1, 5}, {10, 12}, {30, 35}}, 0, 1);
  const auto tail = run(samples, 1);
  ASSERT_TRUE(tail) << tail.error().describe();
  EXPECT_EQ(tail->duration_ms, 40'000);
  EXPECT_EQ(tail->language, "en");
  EXPECT_FALSE(tail->truncated);
  ASSERT_EQ(sink_.segments.size(), 3U);
  EXPECT_NEAR(static_cast<double>(sink_.segments[0].start_ms), 1000, kPaddingMs);
  EXPECT_NEAR(static_cast<double>(sink_.segments[1].start_ms), 10'000, kPaddingMs);
  EXPECT_NEAR(static_cast<double>(sink_.segments[2].end_ms), 35'000, kPaddingMs);
  EXPECT_EQ(sink_.segments[0].channel, std::nullopt);
  EXPECT_EQ(sink_.progress_ms, 40'000);
}

TEST_F(Transcribe, SilenceHasNoSegments) {
  const auto tail = run(std::vector<float>(5 * kRate), 1);
  ASSERT_TRUE(tail) << tail.error().describe();
  EXPECT_TRUE(sink_.segments.empty());
  EXPECT_EQ(tail->duration_ms, 5000);
}

TEST_F(Transcribe, ChannelsApartComeInOneOrder) {
  std::vector<float> samples(120 * kRate);
  speak(samples, {{1, 3}, {20, 22}, {50, 52}}, 0, 2);
  speak(samples, {{10, 12}, {40, 42}}, 1, 2);
  options_.decode.channels = audio::Channels::kEach;
  ASSERT_TRUE(run(samples, 2));
  EXPECT_EQ(sink_.channel_count, 2U);
  std::vector<std::optional<int>> channels;
  for (const auto& segment : sink_.segments) channels.push_back(segment.channel);
  EXPECT_EQ(channels, (std::vector<std::optional<int>>{0, 1, 0, 1, 0}));
}

TEST_F(Transcribe, APickedChannelKeepsItsNumber) {
  std::vector<float> samples(10 * kRate);
  speak(samples, {{1, 3}}, 1, 2);
  options_.decode = {.channels = audio::Channels::kPick, .channel = 1};
  ASSERT_TRUE(run(samples, 2));
  ASSERT_EQ(sink_.segments.size(), 1U);
  EXPECT_EQ(sink_.segments[0].channel, 1);
}

TEST_F(Transcribe, EndsWithTheSinksError) {
  std::vector<float> samples(10 * kRate);
  speak(samples, {{1, 3}}, 0, 1);
  sink_.refusal = Error(ErrorCode::kInsufficientStorage, "runtime.disk_full", "Full.");
  EXPECT_EQ(run(samples, 1).error().reason(), "runtime.disk_full");
}

TEST_F(Transcribe, EndsWhenStopped) {
  stop_.request_stop();
  EXPECT_EQ(run(std::vector<float>(kRate), 1).error().code(), ErrorCode::kCancelled);
}

TEST_F(Transcribe, PassesTheRecognizersErrorOn) {
  std::vector<float> samples(10 * kRate);
  speak(samples, {{1, 3}}, 0, 1);
  options_.recognition.language = "fr";
  EXPECT_EQ(run(samples, 1).error().reason(), "asr.language_unsupported");
}

}  // namespace
}  // namespace sotto::offline
