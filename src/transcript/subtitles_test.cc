#include "transcript/subtitles.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "base/text.h"
#include "transcript/testing/sample_transcripts.h"

namespace sotto::transcript {
namespace {

using testing::TranscriptBuilder;
using Lines = std::vector<std::string>;

std::vector<Lines> lines_of(const std::vector<Cue>& cues) {
  std::vector<Lines> lines;
  for (const Cue& cue : cues) lines.push_back(cue.lines);
  return lines;
}

std::vector<Cue> cues_of(const std::string& text, Milliseconds duration_ms,
                         const SubtitleOptions& options = {}) {
  return layout(TranscriptBuilder().segment(0, duration_ms, text).build(), options);
}

std::string words_of(const std::vector<Cue>& cues) {
  std::string words;
  for (const Cue& cue : cues)
    for (const std::string& line : cue.lines) words += (words.empty() ? "" : " ") + line;
  return words;
}

bool stands_alone(const std::string& line) { return line.find(' ') == std::string::npos; }

/// What must hold for any transcript.
void expect_sound(const std::vector<Cue>& cues, const SubtitleOptions& options) {
  Milliseconds shown_until = 0;
  for (const Cue& cue : cues) {
    EXPECT_GE(cue.start_ms, shown_until);
    EXPECT_GT(cue.end_ms, cue.start_ms);
    EXPECT_LE(cue.end_ms - cue.start_ms, options.cue_ms_max);
    EXPECT_FALSE(cue.lines.empty());
    EXPECT_LE(cue.lines.size(), static_cast<std::size_t>(options.max_lines));
    for (const std::string& line : cue.lines) {
      EXPECT_FALSE(line.empty());
      EXPECT_TRUE(code_point_count(line) <= static_cast<std::size_t>(options.max_line_length) ||
                  stands_alone(line))
          << line;
    }
    shown_until = cue.end_ms;
  }
}

TEST(SubtitleOptions, HasBounds) {
  EXPECT_TRUE(validate(SubtitleOptions{}));
  EXPECT_TRUE(validate(SubtitleOptions{.max_line_length = 8, .max_lines = 1}));
  EXPECT_TRUE(validate(SubtitleOptions{.max_line_length = 250, .max_lines = 4}));
  EXPECT_TRUE(validate(SubtitleOptions{.cue_ms_max = 1000, .cue_ms_min = 1000}));
  EXPECT_TRUE(validate(SubtitleOptions{.cue_ms_max = 60'000, .cue_ms_min = 0}));
  for (const SubtitleOptions& bad :
       {SubtitleOptions{.max_line_length = 7}, SubtitleOptions{.max_line_length = 251},
        SubtitleOptions{.max_lines = 0}, SubtitleOptions{.max_lines = 5},
        SubtitleOptions{.cue_ms_max = 999}, SubtitleOptions{.cue_ms_max = 60'001},
        SubtitleOptions{.cue_ms_min = -1}, SubtitleOptions{.cue_ms_min = 7001}}) {
    const Result<> result = validate(bad);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason(), "transcript.options_invalid");
  }
}

TEST(CueLayout, KeepsAShortSegmentInOneLine) {
  EXPECT_EQ(layout(TranscriptBuilder().segment(500, 2000, "Hello there.").build()),
            (std::vector<Cue>{{.start_ms = 500, .end_ms = 2000, .lines = {"Hello there."}}}));
}

TEST(CueLayout, GivesNothingForEmptyTexts) {
  EXPECT_TRUE(layout(Transcript{}).empty());
  EXPECT_TRUE(cues_of("", 1000).empty());
  EXPECT_TRUE(cues_of(" \n\t ", 1000).empty());
}

TEST(CueLayout, BreaksCuesAtTheEndOfASentence) {
  EXPECT_EQ(
      lines_of(cues_of("The first sentence stands here and has an end. The second one is "
                       "longer and it does not fit into the same cue.",
                       8000)),
      (std::vector<Lines>{{"The first sentence stands", "here and has an end."},
                          {"The second one is longer and it", "does not fit into the same cue."}}));
}

TEST(CueLayout, BreaksCuesAtAClauseWhereNoSentenceEnds) {
  EXPECT_EQ(lines_of(cues_of("When the rain had stopped and the streets were dry, they went down "
                             "to the harbour and looked at the old ships",
                             9000)),
            (std::vector<Lines>{{"When the rain had stopped", "and the streets were dry,"},
                                {"they went down to the harbour", "and looked at the old ships"}}));
}

TEST(CueLayout, BalancesLines) {
  EXPECT_EQ(lines_of(cues_of("one two three four five six seven eight nine ten", 3000)),
            (std::vector<Lines>{{"one two three four five", "six seven eight nine ten"}}));
}

TEST(CueLayout, DoesNotTakeATitleForTheEndOfASentence) {
  for (const Lines& lines :
       lines_of(cues_of("They had never before in all their days met Dr. Smith of London, nor J. "
                        "Brown of the same town and county.",
                        9000))) {
    for (const std::string& line : lines) {
      EXPECT_FALSE(line.ends_with("Dr.")) << line;
      EXPECT_FALSE(line.ends_with("J.")) << line;
    }
  }
}

TEST(CueLayout, LetsALongWordStandAlone) {
  const std::string word(60, 'w');
  EXPECT_EQ(lines_of(cues_of("a " + word + " b", 3000, {.max_lines = 3})),
            (std::vector<Lines>{{"a", word, "b"}}));
  for (const Lines& lines : lines_of(cues_of("a " + word + " b", 3000, {.max_lines = 1})))
    EXPECT_EQ(lines.size(), 1U);
}

TEST(CueLayout, CountsCodePointsNotBytes) {
  std::string line = "éé";
  for (int i = 0; i < 20; ++i) line += " é";
  ASSERT_EQ(code_point_count(line), 42U);
  EXPECT_EQ(lines_of(cues_of(line, 3000)), (std::vector<Lines>{{line}}));
  EXPECT_EQ(cues_of(line + "é", 3000)[0].lines.size(), 2U);
}

TEST(CueLayout, BreaksCjkBetweenCharactersAndKeepsPunctuationBack) {
  std::string text;
  for (int i = 0; i < 41; ++i) text += "字";
  text += "字。";  // The full stop would be the 43rd on the line.
  const std::vector<Cue> cues = cues_of(text, 6000);
  for (const Cue& cue : cues)
    for (const std::string& line : cue.lines) EXPECT_FALSE(line.starts_with("。"));
  expect_sound(cues, {});
  std::string joined;
  for (const Cue& cue : cues)
    for (const std::string& line : cue.lines) joined += line;
  EXPECT_EQ(joined, text);
}

TEST(CueLayout, SplitsThaiOnlyWhereNoLineHoldsIt) {
  std::string run;
  for (int i = 0; i < 10; ++i) run += "กา";
  EXPECT_EQ(lines_of(cues_of(run, 3000)), (std::vector<Lines>{{run}}));
  for (int i = 0; i < 20; ++i) run += "กา";
  const std::vector<Cue> cues = cues_of(run, 3000);
  ASSERT_EQ(cues.size(), 1U);
  ASSERT_EQ(cues[0].lines.size(), 2U);
  for (const std::string& line : cues[0].lines) EXPECT_TRUE(line.starts_with("ก")) << line;
}

TEST(CueLayout, NeverShowsACueLongerThanTheMost) {
  std::string text = "word";
  for (int i = 0; i < 19; ++i) text += " word";
  const std::vector<Cue> cues = cues_of(text, 60'000);
  expect_sound(cues, {});
  EXPECT_GT(cues.size(), 8U);
  EXPECT_EQ(words_of(cues), text);
  EXPECT_EQ(cues_of("Hm.", 30'000)[0].end_ms, 7000) << "one word cannot be split, but hidden";
}

TEST(CueLayout, SpreadsTimesByCodePointsWithinTheSegment) {
  const Transcript transcript =
      TranscriptBuilder()
          .segment(10'000, 20'000, "éééé éééé. éééé éééé. éééé éééé. éééé éééé. éééé éééé.")
          .build();
  const std::vector<Cue> cues = layout(transcript, {.max_line_length = 11, .max_lines = 1});
  ASSERT_EQ(cues.size(), 5U);
  for (std::size_t i = 0; i < cues.size(); ++i) {
    // 54 code points in all, 11 from one sentence to the next.
    EXPECT_EQ(cues[i].start_ms, 10'000 + static_cast<Milliseconds>(i) * 11 * 10'000 / 54);
  }
  EXPECT_EQ(cues.back().end_ms, 20'000);
}

TEST(CueLayout, TakesTheTimesOfWords) {
  Transcript transcript = TranscriptBuilder().segment(0, 10'000, "One. Two.").with_words().build();
  transcript.segments[0].words[0].start_ms = 500;
  transcript.segments[0].words[0].end_ms = 1800;
  transcript.segments[0].words[1].start_ms = 8000;
  transcript.segments[0].words[1].end_ms = 9500;
  EXPECT_EQ(layout(transcript),
            (std::vector<Cue>{{.start_ms = 500, .end_ms = 1800, .lines = {"One."}},
                              {.start_ms = 8000, .end_ms = 9500, .lines = {"Two."}}}));
}

TEST(CueLayout, IgnoresWordsThatDoNotSpellTheText) {
  Transcript transcript = TranscriptBuilder().segment(0, 4000, "Edited text.").build();
  transcript.segments[0].words = {{.id = 1, .text = "Old", .start_ms = 3000, .end_ms = 3500}};
  EXPECT_EQ(layout(transcript)[0].start_ms, 0);
}

TEST(CueLayout, TakesWordsWithSpacesOrWithoutPunctuationApart) {
  Transcript transcript = TranscriptBuilder().segment(0, 9000, "Yes , no.").build();
  transcript.segments[0].words = {{.id = 1, .text = " Yes", .start_ms = 100, .end_ms = 900},
                                  {.id = 2, .text = ",", .start_ms = 900, .end_ms = 900},
                                  {.id = 3, .text = " no.", .start_ms = 8000, .end_ms = 8900}};
  const std::vector<Cue> cues = layout(transcript);
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(cues[0].start_ms, 100);
  EXPECT_EQ(cues[1].start_ms, 8000);
}

TEST(CueLayout, ShowsBriefCuesLongerWhereThereIsRoom) {
  const Transcript transcript = TranscriptBuilder()
                                    .segment(0, 200, "Yes.")
                                    .segment(600, 700, "No.")
                                    .segment(5000, 5000, "Now.")
                                    .build();
  const std::vector<Cue> cues = layout(transcript);
  ASSERT_EQ(cues.size(), 3U);
  EXPECT_EQ(cues[0].end_ms, 600) << "up to the next";
  EXPECT_EQ(cues[1].end_ms, 1600);
  EXPECT_EQ(cues[2].end_ms, 6000);
}

TEST(CueLayout, CutsCuesWhereSegmentsOverlap) {
  const Transcript transcript = TranscriptBuilder()
                                    .segment(0, 5000, "On the left.")
                                    .segment(3000, 6000, "On the right.")
                                    .build();
  EXPECT_EQ(layout(transcript),
            (std::vector<Cue>{{.start_ms = 0, .end_ms = 3000, .lines = {"On the left."}},
                              {.start_ms = 3000, .end_ms = 6000, .lines = {"On the right."}}}));
}

TEST(CueLayout, LetsCuesThatStartTogetherFollowEachOther) {
  const Transcript transcript = TranscriptBuilder()
                                    .segment(1000, 4000, "On the left.")
                                    .segment(1000, 5000, "On the right.")
                                    .build();
  const std::vector<Cue> cues = layout(transcript);
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(cues[0].start_ms, 1000);
  EXPECT_EQ(cues[0].end_ms, 2000);
  EXPECT_EQ(cues[1].start_ms, 2000);
  EXPECT_EQ(cues[1].end_ms, 5000);
}

TEST(CueLayout, TakesASegmentThatComesTooLate) {
  CueLayout cue_layout{SubtitleOptions{}};
  std::vector<Cue> cues = cue_layout.add({.start_ms = 5000, .end_ms = 6000, .text = "b"});
  for (const Segment& segment : {Segment{.start_ms = 8000, .end_ms = 9000, .text = "c"},
                                 Segment{.start_ms = 1000, .end_ms = 2000, .text = "a"}}) {
    for (Cue& cue : cue_layout.add(segment)) cues.push_back(std::move(cue));
  }
  for (Cue& cue : cue_layout.finish()) cues.push_back(std::move(cue));
  ASSERT_EQ(cues.size(), 3U);
  expect_sound(cues, {});
}

TEST(CueLayout, HoldsForRandomTranscripts) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const SubtitleOptions options{.max_line_length = 10 + static_cast<int>(seed * 7 % 60),
                                  .max_lines = 1 + static_cast<int>(seed % 4)};
    const Transcript transcript = testing::random_transcript(seed);
    const std::vector<Cue> cues = layout(transcript, options);
    expect_sound(cues, options);
    std::string wanted;
    for (const Segment& segment : transcript.segments) {
      if (!segment.text.empty()) wanted += (wanted.empty() ? "" : " ") + segment.text;
    }
    ASSERT_EQ(words_of(cues), wanted);
  }
}

TEST(CueLayout, HoldsForRandomTranscriptsThatOverlap) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Transcript transcript =
        testing::random_transcript(seed, {.may_overlap = true, .has_cjk = true});
    const std::vector<Cue> cues = layout(transcript);
    expect_sound(cues, {});
    std::size_t wanted = 0;
    std::size_t found = 0;
    const auto letters = [](const std::string& text) {
      return text.size() - static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
    };
    for (const Segment& segment : transcript.segments) wanted += letters(segment.text);
    for (const Cue& cue : cues)
      for (const std::string& line : cue.lines) found += letters(line);
    EXPECT_EQ(found, wanted);
  }
}

TEST(CueLayout, StartsCuesWithinTheirSegmentWhereNoneOverlap) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (const Segment& segment : testing::random_transcript(seed).segments) {
      CueLayout cue_layout{SubtitleOptions{}};
      std::vector<Cue> cues = cue_layout.add(segment);
      for (Cue& cue : cue_layout.finish()) cues.push_back(std::move(cue));
      // A segment too short for its cues cannot hold them.
      if (segment.end_ms - segment.start_ms < static_cast<Milliseconds>(cues.size())) continue;
      for (const Cue& cue : cues) {
        EXPECT_GE(cue.start_ms, segment.start_ms);
        EXPECT_LE(cue.start_ms, segment.end_ms);
      }
    }
  }
}

TEST(CueLayout, LaysOutAHugeSegment) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "word ";
  const std::vector<Cue> cues = cues_of(text, 40'000'000);
  expect_sound(cues, {});
  EXPECT_EQ(words_of(cues).size() + 1, text.size());
}

TEST(CueLayout, KeepsRoomForALabelOnTheFirstLine) {
  CueLayout cue_layout{SubtitleOptions{.max_line_length = 20}};
  static_cast<void>(
      cue_layout.add({.start_ms = 0, .end_ms = 3000, .text = "one two three four five"}, 10));
  const std::vector<Cue> cues = cue_layout.finish();
  ASSERT_FALSE(cues.empty());
  EXPECT_TRUE(cues[0].has_label_room);
  EXPECT_LE(cues[0].lines[0].size(), 10U);
}

TEST(CueLayout, GivesUpTheLabelForAWordThatNeedsTheLine) {
  CueLayout cue_layout{SubtitleOptions{.max_line_length = 20}};
  static_cast<void>(
      cue_layout.add({.start_ms = 0, .end_ms = 3000, .text = "incomprehensible so"}, 10));
  const std::vector<Cue> cues = cue_layout.finish();
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_FALSE(cues[0].has_label_room);
  EXPECT_EQ(cues[0].lines, (Lines{"incomprehensible so"}));
}

}  // namespace
}  // namespace sotto::transcript
