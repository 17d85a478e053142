#include "transcript/testing/sample_transcripts.h"

#include <algorithm>
#include <array>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

namespace sotto::transcript::testing {

TranscriptBuilder& TranscriptBuilder::language(std::string language) {
  transcript_.language = std::move(language);
  return *this;
}

TranscriptBuilder& TranscriptBuilder::speaker(std::string id, std::string name) {
  transcript_.speakers.push_back({.id = std::move(id), .name = std::move(name)});
  return *this;
}

TranscriptBuilder& TranscriptBuilder::segment(Milliseconds start_ms, Milliseconds end_ms,
                                              std::string text) {
  transcript_.segments.push_back({.start_ms = start_ms, .end_ms = end_ms, .text = std::move(text)});
  transcript_.duration_ms = std::max(transcript_.duration_ms, end_ms);
  return *this;
}

TranscriptBuilder& TranscriptBuilder::spoken_by(std::string speaker_id) {
  transcript_.segments.back().speaker = std::move(speaker_id);
  return *this;
}

TranscriptBuilder& TranscriptBuilder::on_channel(int channel) {
  transcript_.segments.back().channel = channel;
  return *this;
}

TranscriptBuilder& TranscriptBuilder::in_language(std::string language) {
  transcript_.segments.back().language = std::move(language);
  return *this;
}

TranscriptBuilder& TranscriptBuilder::with_words() {
  Segment& segment = transcript_.segments.back();
  std::vector<std::string> texts;
  std::istringstream stream(segment.text);
  for (std::string text; stream >> text;) texts.push_back(text);
  const auto count = static_cast<Milliseconds>(texts.size());
  const Milliseconds duration = segment.end_ms - segment.start_ms;
  for (Milliseconds i = 0; i < count; ++i) {
    segment.words.push_back({.id = next_word_id_++,
                             .text = texts[static_cast<std::size_t>(i)],
                             .start_ms = segment.start_ms + duration * i / count,
                             .end_ms = segment.start_ms + duration * (i + 1) / count,
                             .confidence = 0.5});
  }
  return *this;
}

Transcript full_transcript() {
  Transcript transcript =
      TranscriptBuilder()
          .language("en")
          .speaker("S1", "Ann <b> & \"Co\"")
          .speaker("S2", "")
          .segment(0, 2400, "Good morning, & welcome to <the> show.")
          .with_words()
          .spoken_by("S1")
          .on_channel(0)
          .segment(2600, 9800,
                   "Thank you. It is a pleasure to be here, at the end of a long road, and to see "
                   "so many of you who came in spite of the rain.")
          .spoken_by("S2")
          .on_channel(1)
          .segment(10'000, 12'000, "Écoutez: 00:00:01,000 --> 00:00:02,000\nest un code.")
          .in_language("fr")
          .segment(12'000, 12'000, "")
          .segment(360'000'000, 360'001'500, "Over a hundred hours later.")
          .spoken_by("S1")
          .build();
  transcript.segments[0].confidence = -0.125;
  transcript.segments[0].words[1].confidence.reset();
  transcript.segments[1].confidence = -0.1;
  transcript.truncated = true;
  transcript.warnings = {{.reason = "audio.truncated", .message = "The file ends too early."}};
  transcript.provenance = {.model = "moonshine-base", .engine = "onnxruntime", .version = "0.1.0"};
  return transcript;
}

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomOptions& options) : engine_(seed), options_(options) {}

  Transcript make() {
    TranscriptBuilder builder;
    builder.language("en").speaker("S1", "Ann").speaker("S2", "Bartholomew Fitzgerald");
    Milliseconds start = 0;
    const int count = between(0, options_.segments_max);
    for (int i = 0; i < count; ++i) {
      const Milliseconds duration = between(0, 9) == 0 ? 0 : between(1, 30'000);
      const std::string text =
          options_.has_cjk && between(0, 2) == 0 ? cjk_text() : text_of_words();
      builder.segment(start, start + duration, text);
      if (between(0, 1) == 0) builder.with_words();
      if (const int who = between(0, 3); who > 0) builder.spoken_by(who == 1 ? "S1" : "S2");
      start += options_.may_overlap ? between(0, 20'000) : duration + between(0, 1500);
    }
    return builder.build();
  }

 private:
  int between(int least, int most) {
    return least + static_cast<int>(engine_() % static_cast<std::uint64_t>(most - least + 1));
  }

  std::string text_of_words() {
    static constexpr std::array<const char*, 6> kLetters = {"a", "e", "n", "é", "ß", "x"};
    static constexpr std::array<const char*, 8> kMarks = {"", "", "", "", ",", ".", "?", ";"};
    std::string text;
    const int count = between(0, 60);
    for (int i = 0; i < count; ++i) {
      if (i > 0) text += ' ';
      const int length = between(0, 30) == 0 ? between(30, 80) : between(1, 12);
      for (int j = 0; j < length; ++j) text += kLetters[static_cast<std::size_t>(between(0, 5))];
      text += kMarks[static_cast<std::size_t>(between(0, 7))];
    }
    return text;
  }

  std::string cjk_text() {
    static constexpr std::array<const char*, 8> kCharacters = {"漢", "字", "か", "な",
                                                               "中", "文", "、", "。"};
    std::string text;
    const int count = between(1, 200);
    for (int i = 0; i < count; ++i) text += kCharacters[static_cast<std::size_t>(between(0, 7))];
    return text;
  }

  std::mt19937_64 engine_;
  RandomOptions options_;
};

}  // namespace

Transcript random_transcript(std::uint64_t seed, const RandomOptions& options) {
  return Generator(seed, options).make();
}

}  // namespace sotto::transcript::testing
