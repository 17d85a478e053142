// The whole document of every format, compared with a file that people read and approve.
// SOTTO_UPDATE_GOLDEN=1 rewrites the files.

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "transcript/codec.h"
#include "transcript/testing/sample_transcripts.h"

namespace sotto::transcript {
namespace {

std::string testdata_path(const std::string& name) {
  const char* const root = std::getenv("SOTTO_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/src/transcript/testdata/" + name;
}

void expect_golden(const Transcript& transcript, const std::string& stem, Format format) {
  const std::string path = testdata_path(stem + '.' + std::string(to_string(format)));
  SCOPED_TRACE(path);
  const std::string text = encode(transcript, format);
  if (std::getenv("SOTTO_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open()) << "run with SOTTO_SOURCE_DIR, or once with SOTTO_UPDATE_GOLDEN=1";
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {}));
}

constexpr Format kAll[] = {Format::kTxt,  Format::kSrt, Format::kVtt,
                           Format::kTtml, Format::kTsv, Format::kJson};

TEST(Golden, EveryFieldInUse) {
  for (const Format format : kAll) expect_golden(testing::full_transcript(), "full", format);
}

TEST(Golden, EmptyTranscript) {
  for (const Format format : kAll) expect_golden(Transcript{}, "empty", format);
}

TEST(Golden, ConversationOnTwoChannels) {
  const Transcript transcript =
      testing::TranscriptBuilder()
          .language("en")
          .speaker("S1", "Interviewer")
          .speaker("S2", "Witness")
          .segment(0, 6000,
                   "Where were you on the evening of the twelfth, when the lights went out?")
          .spoken_by("S1")
          .on_channel(0)
          .segment(4500, 9500,
                   "At home. I was reading, and then it was dark everywhere in the house.")
          .spoken_by("S2")
          .on_channel(1)
          .segment(9500, 10'000, "Alone?")
          .spoken_by("S1")
          .on_channel(0)
          .segment(9500, 10'400, "Yes, alone.")
          .spoken_by("S2")
          .on_channel(1)
          .build();
  for (const Format format : {Format::kSrt, Format::kVtt})
    expect_golden(transcript, "two_channels", format);
}

TEST(Golden, TextWithoutSpaces) {
  const Transcript transcript = testing::TranscriptBuilder()
                                    .language("ja")
                                    .segment(0, 14'000,
                                             "吾輩は猫である。名前はまだ無い。どこで生れたかとんと"
                                             "見当がつかぬ。何でも薄暗いじめじめした所で"
                                             "ニャーニャー泣いていた事だけは記憶している。吾輩はこ"
                                             "こで始めて人間というものを見た。")
                                    .build();
  for (const Format format : {Format::kSrt, Format::kTtml})
    expect_golden(transcript, "japanese", format);
}

}  // namespace
}  // namespace sotto::transcript
