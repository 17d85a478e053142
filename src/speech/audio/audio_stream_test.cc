// Files of every kind made by the ffmpeg command, decoded through the real helper.

#include "speech/audio/audio_stream.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <ostream>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/audio/testing/media_files.h"

namespace sotto::audio {
namespace {

using Arguments = std::vector<std::string>;

constexpr double kToneLevel = 0.125 / 1.41421356;  // ffmpeg's sine source has amplitude 1/8.

Arguments tone_source(const std::string& rate = "48000", const std::string& seconds = "2") {
  return {"-f", "lavfi", "-i", "sine=f=1000:r=" + rate + ":d=" + seconds};
}

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const Arguments kFilm = {"-f", "lavfi", "-i", "testsrc=d=2:s=64x48:r=25"};

struct Kind {
  std::string name;  // Of the file, with its extension.
  Arguments arguments;
  double level_slack = 0.02;   // Of the tone's level, as a share.
  double length_slack = 0.05;  // Seconds: some codecs pad to whole frames.
};

/// ctest names a case by its value, which must be the same in every run.
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

std::vector<Kind> kinds() {
  std::vector<Kind> result;
  for (const char* codec : {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le",
                            "pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ms"})
    result.push_back({.name = std::string(codec) + ".wav", .arguments = {"-c:a", codec}});
  for (const char* name : {"a.flac", "a.ogg", "a.opus", "a.webm", "a.aiff", "a.au", "a.caf",
                           "a.w64", "a.ac3", "a.mka", "a.m4a", "a.aac"})
    result.push_back({.name = name});
  result.push_back({.name = "a.mp3", .level_slack = 0.07});
  result.push_back({.name = "a.wma", .length_slack = 0.1});
  result.push_back({.name = "gsm.wav", .arguments = {"-ar", "8000", "-c:a", "gsm_ms"}});
  result.push_back({.name = "a.gsm", .arguments = {"-ar", "8000"}});
  result.push_back({.name = "a.spx", .arguments = {"-ar", "16000"}, .level_slack = 0.2});
  result.push_back({.name = "front.m4a", .arguments = {"-movflags", "+faststart"}});
  result.push_back(
      {.name = "fragments.mp4",
       .arguments = {"-movflags", "frag_keyframe+empty_moov", "-frag_duration", "500000"}});
  for (const char* name :
       {"film.mp4", "film.mkv", "film.mov", "film.avi", "film.mpg", "film.ts", "film.wmv"})
    result.push_back({.name = name, .arguments = kFilm, .level_slack = 0.07, .length_slack = 0.1});
  return result;
}

class AudioStreamKinds : public testing::TestWithParam<Kind> {};

TEST_P(AudioStreamKinds, DecodesFromAFileAndFromAPipeAlike) {
  const Kind& kind = GetParam();
  const runtime::TempDir folder;
  const auto path = folder / kind.name;
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source() + kind.arguments, path));
  MediaHelper helper(built_helper());
  const DecodeOptions options{.extension = path.extension().native().substr(1)};
  for (const bool piped : {false, true}) {
    const auto decoded =
        piped ? decode_pipe(helper, path, options) : decode_file(helper, path, options);
    ASSERT_TRUE(decoded) << decoded.error().describe();
    EXPECT_NEAR(decoded->seconds(), 2.0, kind.length_slack) << piped;
    EXPECT_NEAR(decoded->level(0.5, 1.5), kToneLevel, kToneLevel * kind.level_slack) << piped;
    EXPECT_FALSE(decoded->summary.truncated) << piped;
    EXPECT_TRUE(decoded->summary.warnings.empty()) << piped;
    EXPECT_NEAR(static_cast<double>(decoded->summary.duration_ms), decoded->seconds() * 1000, 1.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, AudioStreamKinds, testing::ValuesIn(kinds()));

// Debian's ffmpeg reads AMR and cannot write it: this tone was encoded elsewhere, at 12.2 kbit/s. A
// codec for speech makes a pure tone fainter: the ffmpeg command hears -26.2 dB too.
TEST(AudioStreamAmr, DecodesFromAFileAndFromAPipeAlike) {
  const char* root = std::getenv("SOTTO_SOURCE_DIR");
  const auto path =
      std::filesystem::path(root != nullptr ? root : ".") / "src/speech/audio/testdata/tone.amr";
  MediaHelper helper(built_helper());
  for (const bool piped : {false, true}) {
    const auto decoded = piped ? decode_pipe(helper, path) : decode_file(helper, path);
    ASSERT_TRUE(decoded) << decoded.error().describe();
    EXPECT_EQ(decoded->info.sample_rate, 8'000U);
    EXPECT_NEAR(decoded->seconds(), 2.0, 0.05) << piped;
    EXPECT_NEAR(decoded->level(0.5, 1.5), 0.049, 0.002) << piped;
  }
}

class AudioStreamFiles : public testing::Test {
 protected:
  const runtime::TempDir folder_;
  MediaHelper helper_{built_helper()};
};

/// The first `share` of a file, as another file.
std::filesystem::path cut(const std::filesystem::path& file, double share) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  bytes.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
  auto path = file;
  path.replace_filename("cut-" + file.filename().native());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST_F(AudioStreamFiles, EveryRateAndChannelCountKeepsToneAndLength) {
  for (const char* rate : {"8000", "11025", "22050", "32000", "44100", "96000", "192000"}) {
    for (const char* channels : {"1", "2", "6", "8"}) {
      const auto path = folder_ / "a.flac";
      ASSERT_NO_FATAL_FAILURE(make_file(tone_source(rate, "1") + Arguments{"-ac", channels}, path));
      const auto decoded = decode_file(helper_, path);
      ASSERT_TRUE(decoded) << decoded.error().describe();
      EXPECT_NEAR(decoded->seconds(), 1.0, 0.001) << rate << ' ' << channels;
      EXPECT_GT(decoded->level(0.2, 0.8), kToneLevel * 0.2) << rate << ' ' << channels;
      EXPECT_LT(decoded->level(0.2, 0.8), kToneLevel * 1.05) << rate << ' ' << channels;
    }
  }
}

TEST_F(AudioStreamFiles, EachChannelComesByItself) {
  const auto path = folder_ / "a.flac";
  ASSERT_NO_FATAL_FAILURE(make_file(
      {"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*500*t)|0.1*sin(2*PI*900*t):s=44100:d=1"}, path));
  const auto each = decode_file(helper_, path, {.channels = Channels::kEach});
  ASSERT_TRUE(each);
  EXPECT_NEAR(each->level(0.2, 0.8, 0), 0.3535, 0.005);
  EXPECT_NEAR(each->level(0.2, 0.8, 1), 0.0707, 0.002);
  const auto second = decode_file(helper_, path, {.channels = Channels::kPick, .channel = 1});
  EXPECT_NEAR(second->level(0.2, 0.8), 0.0707, 0.002);
  const auto third = decode_file(helper_, path, {.channels = Channels::kPick, .channel = 2});
  EXPECT_EQ(third.error().reason(), "media.bad_channel");
}

TEST_F(AudioStreamFiles, SoundThatBeginsLateIsPrecededBySilence) {
  for (const char* name : {"late.mp4", "late.mkv", "late.ts"}) {
    const auto path = folder_ / name;
    ASSERT_NO_FATAL_FAILURE(make_file(kFilm + Arguments{"-itsoffset", "1"} + tone_source(), path));
    for (const bool piped : {false, true}) {
      const auto decoded = piped ? decode_pipe(helper_, path) : decode_file(helper_, path);
      ASSERT_TRUE(decoded) << decoded.error().describe();
      EXPECT_NEAR(decoded->seconds(), 3.0, 0.1) << name;
      EXPECT_LT(decoded->level(0.0, 0.9), 1e-3) << name;
      EXPECT_NEAR(decoded->level(1.2, 2.8), kToneLevel, kToneLevel * 0.05) << name;
    }
  }
}

TEST_F(AudioStreamFiles, AGapBecomesSilenceAndALongOneIsAnError) {
  const auto gapped = [&](const std::string& seconds) {
    const auto path = folder_ / ("gap-" + seconds + ".mka");
    make_file(tone_source() + Arguments{"-af", "asetpts='PTS+gte(T,1)*" + seconds + "/TB'", "-c:a",
                                        "pcm_s16le"},
              path);
    return decode_file(helper_, path);
  };
  const auto short_gap = gapped("5");
  ASSERT_TRUE(short_gap) << short_gap.error().describe();
  EXPECT_NEAR(short_gap->seconds(), 7.0, 0.1);
  EXPECT_LT(short_gap->level(1.5, 5.5), 1e-3);
  const auto days = gapped("300000");
  EXPECT_EQ(days.error().reason(), "media.gap_too_long");
  EXPECT_NE(days.error().message().find("3 days"), std::string::npos) << days.error().message();
}

TEST_F(AudioStreamFiles, WhatIsCutIsDecodedAndSaidToBeTruncated) {
  for (const char* name : {"a.wav", "a.flac", "a.mp3", "a.webm", "a.mka", "a.wma", "front.m4a",
                           "fragments.mp4", "film.mkv", "film.avi"}) {
    const std::string text(name);
    Arguments more = text.starts_with("film") ? kFilm : Arguments{};
    if (text == "front.m4a") more = {"-movflags", "+faststart"};
    if (text == "fragments.mp4")
      more = {"-movflags", "frag_keyframe+empty_moov", "-frag_duration", "500000"};
    const auto path = folder_ / name;
    ASSERT_NO_FATAL_FAILURE(make_file(tone_source("44100", "5") + more, path));
    const auto decoded = decode_file(helper_, cut(path, 0.6));
    ASSERT_TRUE(decoded) << name << decoded.error().describe();
    EXPECT_TRUE(decoded->summary.truncated) << name;
    EXPECT_GT(decoded->seconds(), 1.0) << name;
    EXPECT_LT(decoded->seconds(), 4.4) << name;
  }
}

TEST_F(AudioStreamFiles, AnMp4WithoutItsIndexIsRefusedWithTheCause) {
  const auto path = folder_ / "a.m4a";
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source(), path));
  const auto decoded = decode_file(helper_, cut(path, 0.5));
  EXPECT_EQ(decoded.error().reason(), "media.decode_failed");
  EXPECT_NE(decoded.error().message().find("moov"), std::string::npos);
}

TEST_F(AudioStreamFiles, DamageInTheMiddleIsSilentAndCountedOnce) {
  const auto path = folder_ / "a.flac";
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source("16000", "10"), path));
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
    file << std::string(3'000, 'x');
  }
  const auto decoded = decode_file(helper_, path);
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_NEAR(decoded->seconds(), 10.0, 0.05);
  EXPECT_FALSE(decoded->summary.truncated);
  ASSERT_EQ(decoded->summary.warnings.size(), 1U);
  EXPECT_EQ(decoded->summary.warnings[0].reason, "media.damaged_frames");
  EXPECT_NEAR(decoded->level(8.0, 9.5), kToneLevel, kToneLevel * 0.02);
}

TEST_F(AudioStreamFiles, JoinedRecordingsFollowEachOther) {
  const auto one = folder_ / "one.ts";
  ASSERT_NO_FATAL_FAILURE(make_file(kFilm + tone_source(), one));
  const auto twice = folder_ / "twice.ts";
  {
    std::ofstream out(twice, std::ios::binary);
    for (int i = 0; i < 2; ++i) out << std::ifstream(one, std::ios::binary).rdbuf();
  }
  const auto decoded = decode_file(helper_, twice);
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_NEAR(decoded->seconds(), 4.0, 0.2);
  ASSERT_EQ(decoded->summary.warnings.size(), 1U);
  EXPECT_EQ(decoded->summary.warnings[0].reason, "media.clock_restarted");
}

TEST_F(AudioStreamFiles, AChangeOfRateWithinAStreamIsFollowed) {
  const auto path = folder_ / "both.mp3";
  {
    std::ofstream out(path, std::ios::binary);
    for (const char* rate : {"44100", "22050"}) {
      const auto one = folder_ / (std::string(rate) + ".mp3");
      ASSERT_NO_FATAL_FAILURE(make_file(tone_source(rate) + Arguments{"-write_xing", "0"}, one));
      out << std::ifstream(one, std::ios::binary).rdbuf();
    }
  }
  const auto decoded = decode_file(helper_, path);
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_NEAR(decoded->seconds(), 4.0, 0.2);
  EXPECT_NEAR(decoded->level(0.5, 1.5), kToneLevel, kToneLevel * 0.07);
  EXPECT_NEAR(decoded->level(2.5, 3.5), kToneLevel, kToneLevel * 0.07);
}

TEST_F(AudioStreamFiles, AFilmWithoutSoundIsRefused) {
  const auto path = folder_ / "silent.mp4";
  ASSERT_NO_FATAL_FAILURE(make_file(kFilm, path));
  EXPECT_EQ(decode_file(helper_, path).error().reason(), "media.no_audio");
}

TEST_F(AudioStreamFiles, AnEmptyFileAndATextAreRefused) {
  std::ofstream(folder_ / "empty.wav").flush();
  EXPECT_EQ(decode_file(helper_, folder_ / "empty.wav").error().reason(), "media.empty");
  std::ofstream(folder_ / "text.wav") << "Dear Sir or Madam";
  EXPECT_EQ(decode_file(helper_, folder_ / "text.wav").error().reason(), "media.unsupported");
}

TEST_F(AudioStreamFiles, ProbeTellsWhatAFileIs) {
  const auto path = folder_ / "a.flac";
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source("44100") + Arguments{"-ac", "2"}, path));
  const auto source = open_source(path, {}).value();
  const auto info = probe(soon(), helper_, *source, {});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->container, "flac");
  EXPECT_EQ(info->codec, "flac");
  EXPECT_EQ(info->sample_rate, 44'100U);
  EXPECT_EQ(info->channels, 2U);
  EXPECT_EQ(info->duration_ms, 2'000);
}

/// Fails where it is asked for bytes behind its first.
class BrokenSource final : public ByteSource {
 public:
  explicit BrokenSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  Result<std::size_t> read_at(const CallContext& context, std::uint64_t offset,
                              std::span<std::byte> bytes) override {
    if (offset > 100'000)
      return Error(ErrorCode::kUnavailable, "runtime.io_failed", "The disk is broken.");
    return source_->read_at(context, offset, bytes);
  }
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool seekable() const override { return true; }
  Result<> make_seekable(const CallContext&) override { return {}; }

 private:
  const std::unique_ptr<ByteSource> source_;
};

TEST_F(AudioStreamFiles, TheSourcesOwnErrorReachesTheCaller) {
  const auto path = folder_ / "a.wav";
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source("48000", "5"), path));
  BrokenSource source(open_source(path, {}).value());
  const auto decoded = decode(helper_, source);
  EXPECT_EQ(decoded.error().reason(), "runtime.io_failed");
  EXPECT_EQ(decoded.error().message(), "The disk is broken.");
}

TEST_F(AudioStreamFiles, AStopEndsTheCall) {
  const auto path = folder_ / "a.wav";
  ASSERT_NO_FATAL_FAILURE(make_file(tone_source("48000", "5"), path));
  const auto source = open_source(path, {}).value();
  std::stop_source stop;
  const CallContext context = soon().with_stop(stop.get_token());
  auto stream = AudioStream::open(context, helper_, *source, {}).value();
  stop.request_stop();
  std::vector<float> buffer(1'000);
  Result<std::size_t> read = stream->read(context, buffer);
  while (read && *read > 0) read = stream->read(context, buffer);
  EXPECT_EQ(read.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto::audio
