// Files made here byte by byte, decoded in this process: what no encoder would write.

#include "media/decoder.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <string>

#include "media/formats.h"
#include "media/testing/memory_input.h"

namespace sotto::media {
namespace {

struct Collected final : Output {
  bool info(const Info& info) override {
    infos.push_back(info);
    return true;
  }
  bool samples(std::span<const float> some) override {
    all.insert(all.end(), some.begin(), some.end());
    return true;
  }
  bool done(const Done& done) override {
    ends.push_back(done);
    return true;
  }
  bool failed(const Failed& failed) override {
    failures.push_back(failed);
    return true;
  }

  /// The energy of channel `index` of `count` between two times, as a root mean square.
  double level(double from_s = 0.2, double to_s = 0.8, std::size_t index = 0,
               std::size_t count = 1) const {
    double sum = 0;
    std::size_t taken = 0;
    const auto to = static_cast<std::size_t>(to_s * kSampleRate);
    for (auto i = static_cast<std::size_t>(from_s * kSampleRate);
         i < to && i * count + index < all.size(); ++i, ++taken)
      sum += static_cast<double>(all[i * count + index]) * all[i * count + index];
    return taken > 0 ? std::sqrt(sum / static_cast<double>(taken)) : 0.0;
  }

  std::vector<Info> infos;
  std::vector<float> all;
  std::vector<Done> ends;
  std::vector<Failed> failures;
};

Collected run(std::string_view file, const Open& request = {}, bool seekable = true) {
  initialise_libraries();
  MemoryInput input(std::as_bytes(std::span(file)), seekable);
  Collected output;
  decode(request, input, output);
  return output;
}

std::optional<FailureKind> failure_of(const Collected& output) {
  return output.failures.empty() ? std::nullopt : std::optional(output.failures.front().kind);
}

template <typename T>
void put(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

using Signal = std::function<float(double seconds, int channel)>;

/// A WAV file of 32-bit floats.
std::string wav(int rate, int channels, double seconds, const Signal& signal,
                std::optional<std::uint32_t> said_size = std::nullopt) {
  std::string data;
  const int count = static_cast<int>(seconds * rate);
  for (int i = 0; i < count; ++i)
    for (int channel = 0; channel < channels; ++channel)
      put(data, signal(static_cast<double>(i) / rate, channel));
  std::string file = "RIFF";
  put(file, static_cast<std::uint32_t>(data.size() + 36));
  file += "WAVEfmt ";
  put(file, std::uint32_t{16});
  put(file, std::uint16_t{3});  // IEEE float.
  put(file, static_cast<std::uint16_t>(channels));
  put(file, static_cast<std::uint32_t>(rate));
  put(file, static_cast<std::uint32_t>(rate * channels * 4));
  put(file, static_cast<std::uint16_t>(channels * 4));
  put(file, std::uint16_t{32});
  file += "data";
  put(file, said_size.value_or(static_cast<std::uint32_t>(data.size())));
  return file + data;
}

Signal tone(double hertz, float amplitude = 0.5F) {
  return [=](double seconds, int) {
    return amplitude * static_cast<float>(std::sin(2 * std::numbers::pi * hertz * seconds));
  };
}

const Signal kSilence = [](double, int) { return 0.0F; };
const double kToneLevel = 0.5 / std::numbers::sqrt2;

TEST(Decoder, ToneKeepsItsLevelAtEveryRate) {
  for (const int rate : {8'000, 11'025, 16'000, 22'050, 44'100, 48'000, 44'101, 96'000, 192'000}) {
    const Collected output = run(wav(rate, 1, 1.0, tone(1'000)));
    EXPECT_NEAR(output.level(), kToneLevel, 0.002) << rate;
    EXPECT_NEAR(static_cast<double>(output.all.size()), 16'000, 2) << rate;
  }
}

TEST(Decoder, WhatTheRateCannotCarryIsGone) {
  for (const double hertz : {9'000.0, 12'000.0, 20'000.0})
    EXPECT_LT(run(wav(48'000, 1, 1.0, tone(hertz))).level(), kToneLevel / 1'000) << hertz;
  EXPECT_NEAR(run(wav(48'000, 1, 1.0, tone(7'000))).level(), kToneLevel, 0.01);
}

TEST(Decoder, MixIsTheMeanOfAllChannels) {
  for (int channels = 1; channels <= 8; ++channels) {
    const auto same = run(wav(16'000, channels, 1.0, tone(1'000)));
    EXPECT_NEAR(same.level(), kToneLevel, 0.002) << channels;
    ASSERT_EQ(same.infos.size(), 1U);
    EXPECT_EQ(same.infos[0].channels, static_cast<std::uint32_t>(channels));
  }
  const auto loud = run(wav(16'000, 8, 1.0, tone(1'000, 1.0F)));
  EXPECT_LT(*std::max_element(loud.all.begin(), loud.all.end()), 1.001F);
}

TEST(Decoder, PicksOneChannelOrEach) {
  const Signal numbered = [](double, int channel) {
    return 0.1F * static_cast<float>(channel + 1);
  };
  for (int channels = 1; channels <= 8; ++channels) {
    const std::string file = wav(16'000, channels, 1.0, numbered);
    const auto count = static_cast<std::size_t>(channels);
    const auto each = run(file, {.mode = ChannelMode::kEach});
    ASSERT_EQ(each.all.size(), 16'000 * count);
    for (std::size_t i = 0; i < count; ++i) {
      const double expected = 0.1 * static_cast<double>(i + 1);
      EXPECT_NEAR(each.level(0.2, 0.8, i, count), expected, 1e-3);
      const auto pick =
          run(file, {.mode = ChannelMode::kPick, .channel = static_cast<std::uint32_t>(i)});
      EXPECT_NEAR(pick.level(), expected, 1e-3);
    }
  }
}

TEST(Decoder, AChannelThatIsNotThereIsRefused) {
  const auto output =
      run(wav(16'000, 2, 0.1, kSilence), {.mode = ChannelMode::kPick, .channel = 2});
  EXPECT_EQ(failure_of(output), FailureKind::kBadChannel);
  EXPECT_NE(output.failures[0].message.find("0 to 1"), std::string::npos);
}

TEST(Decoder, MoreThanEightChannelsAreRefused) {
  for (const int channels : {9, 100}) {
    const auto output = run(wav(16'000, channels, 0.1, kSilence));
    EXPECT_EQ(failure_of(output), FailureKind::kTooManyChannels) << channels;
    EXPECT_NE(output.failures.at(0).message.find(std::to_string(channels)), std::string::npos);
  }
}

TEST(Decoder, AbsurdRatesAreRefused) {
  EXPECT_EQ(failure_of(run(wav(3'999, 1, 0.1, kSilence))), FailureKind::kUnsupported);
  EXPECT_EQ(failure_of(run(wav(768'001, 1, 0.1, kSilence))), FailureKind::kUnsupported);
  EXPECT_EQ(failure_of(run(wav(4'000, 1, 0.1, kSilence))), std::nullopt);
  EXPECT_EQ(failure_of(run(wav(768'000, 1, 0.1, kSilence))), std::nullopt);
}

TEST(Decoder, NonFiniteSamplesBecomeSilenceAndAreCounted) {
  const Signal broken = [](double seconds, int) {
    const int sample = static_cast<int>(std::lround(seconds * 16'000));
    if (sample == 100) return std::numeric_limits<float>::quiet_NaN();
    if (sample == 200) return std::numeric_limits<float>::infinity();
    if (sample == 300) return -std::numeric_limits<float>::max();
    return 2.5F;  // Above full scale, but a number: left alone.
  };
  const auto output = run(wav(16'000, 1, 0.1, broken));
  ASSERT_EQ(output.ends.size(), 1U);
  EXPECT_EQ(output.ends[0].non_finite_count, 3U);
  ASSERT_EQ(output.all.size(), 1'600U);
  EXPECT_EQ(output.all[100], 0.0F);
  EXPECT_FLOAT_EQ(output.all[500], 2.5F);
}

TEST(Decoder, AFileThatPromisesMoreThanThereIsIsTruncated) {
  const std::string file = wav(16'000, 1, 2.0, tone(1'000));
  for (const bool seekable : {true, false}) {
    const auto cut = run(std::string_view(file).substr(0, file.size() / 2), {}, seekable);
    ASSERT_EQ(cut.ends.size(), 1U);
    EXPECT_TRUE(cut.ends[0].truncated);
    EXPECT_NEAR(static_cast<double>(cut.all.size()), 16'000, 20);
    const auto whole = run(file, {}, seekable);
    EXPECT_FALSE(whole.ends.at(0).truncated);
  }
}

TEST(Decoder, SizesOfAStreamedWavPromiseNothing) {
  for (const std::uint32_t size : {0U, 0xFFFFFFFFU, 0x7FFFFFFFU, 0x7FFFF000U}) {
    const auto output = run(wav(16'000, 1, 1.0, tone(1'000), size));
    ASSERT_EQ(output.ends.size(), 1U) << size;
    EXPECT_FALSE(output.ends[0].truncated) << size;
    EXPECT_EQ(output.all.size(), 16'000U) << size;
    EXPECT_LE(output.infos[0].duration_ms.value_or(0), 1'100) << size;
  }
}

TEST(Decoder, AHundredthOfASecondIsDecoded) {
  EXPECT_EQ(run(wav(16'000, 1, 0.01, tone(1'000))).all.size(), 160U);
}

TEST(Decoder, ProbingGivesNoSamples) {
  const auto output = run(wav(44'100, 2, 1.0, kSilence), {.probe_only = true});
  EXPECT_TRUE(output.all.empty());
  ASSERT_EQ(output.infos.size(), 1U);
  EXPECT_EQ(output.infos[0].codec, "pcm_f32le");
  EXPECT_EQ(output.infos[0].duration_ms, 1'000);
}

TEST(Decoder, AnEmptyFileIsSaidToBeEmpty) { EXPECT_EQ(failure_of(run("")), FailureKind::kEmpty); }

TEST(Decoder, WhatIsNoMediaIsRefusedByName) {
  std::string noise(50'000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24);
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"Dear Sir or Madam,\n" + std::string(5'000, 'x'), "text"},
      {"PK\x03\x04" + noise, "zip"},
      {"RIFFsizeWEBP" + noise, "picture"},
      {"RIFF\xB8", "WAV"},
      {"\x89PNG\r\n\x1A\n" + noise, "picture"},
      {"%PDF-1.4\n" + noise, "PDF"},
      {noise, "WAV"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nfile:///etc/passwd\n", "text"},
      {"ffconcat version 1.0\nfile '/etc/passwd'\n", "text"},
      {"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", "text"},
      {"1\n00:00:00,000 --> 00:00:01,000\nHello\n", "text"},
  };
  for (const auto& [file, word] : rows) {
    const auto output = run(file);
    EXPECT_EQ(failure_of(output), FailureKind::kUnsupported) << word;
    EXPECT_NE(output.failures.at(0).message.find(word), std::string::npos)
        << output.failures.at(0).message;
  }
}

TEST(Decoder, ARawFileIsToldWhatItLacks) {
  std::string samples;
  for (int i = 0; i < 32'000; ++i)
    put(samples, static_cast<std::int16_t>(1'000 * std::sin(i * 0.1) + i % 7));
  const auto output = run(samples, {.extension = "raw"});
  EXPECT_EQ(failure_of(output), FailureKind::kUnsupported);
  EXPECT_NE(output.failures.at(0).message.find("without a header"), std::string::npos);
  EXPECT_NE(output.failures.at(0).message.find("converted to WAV"), std::string::npos);
}

TEST(Decoder, AnInputThatFailsEndsWithoutAWord) {
  const std::string file = wav(16'000, 1, 5.0, tone(1'000));
  initialise_libraries();
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{200'000}}) {
    MemoryInput input(std::as_bytes(std::span(file)));
    input.fail_at(offset);
    Collected output;
    decode({}, input, output);
    EXPECT_TRUE(output.ends.empty());
    EXPECT_TRUE(output.failures.empty());
  }
}

TEST(Decoder, OnlyWhatMustSeekAsksForIt) {
  const std::string file = wav(16'000, 1, 0.5, tone(1'000));
  MemoryInput input(std::as_bytes(std::span(file)), false);
  Collected output;
  decode({}, input, output);
  EXPECT_FALSE(input.made_seekable());
  EXPECT_EQ(output.all.size(), 8'000U);
}

TEST(AllowedNames, KeepOutListsNetworksPicturesAndSubtitles) {
  const std::string demuxers = "," + allowed_demuxers();
  for (const char* name : {"hls", "dash", "concat", "rtsp", "sdp", "rtp", "image2", "png_pipe",
                           "tty", "webvtt", "srt", "ass", "libopenmpt", "ffmetadata"})
    EXPECT_EQ(demuxers.find("," + std::string(name) + ","), std::string::npos) << name;
  for (const char* name : {"wav", "mp3", "flac", "ogg", "mpegts", "matroska,webm", "avi"})
    EXPECT_NE(demuxers.find("," + std::string(name) + ","), std::string::npos) << name;
  const std::string decoders = "," + allowed_decoders();
  EXPECT_EQ(decoders.find(",h264,"), std::string::npos);
  EXPECT_NE(decoders.find(",aac,"), std::string::npos);
}

}  // namespace
}  // namespace sotto::media
