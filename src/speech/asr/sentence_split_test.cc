#include "speech/asr/sentence_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sotto::asr {
namespace {

using testing::ElementsAre;

constexpr SentenceSplitOptions kOptions{.sentence_samples_min = 100, .snap_samples_max = 150};

std::vector<SentenceSpan> split(const std::vector<std::string_view>& pieces,
                                const std::vector<SpeechSpan>& speech) {
  return split_sentences(pieces, speech, 2'000, kOptions);
}

TEST(SentenceSplit, GivesOneSentenceForOne) {
  EXPECT_THAT(split({" Call", " Stel", "la", "."}, {{100, 900}}),
              ElementsAre(SentenceSpan{0, 4, 100, 900}));
}

TEST(SentenceSplit, MeetsThePauseBetweenSentences) {
  EXPECT_THAT(
      split({" It", " is", " late", ".", " We", " must", " go", "!"}, {{0, 480}, {700, 1'000}}),
      ElementsAre(SentenceSpan{0, 4, 0, 480}, SentenceSpan{4, 8, 700, 1'000}));
}

TEST(SentenceSplit, EstimatesByLettersWhereThereIsNoPause) {
  EXPECT_THAT(split({" aaaaa", "...", "?", " bbbbb", "!!!", "."}, {}),
              ElementsAre(SentenceSpan{0, 3, 0, 1'000}, SentenceSpan{3, 6, 1'000, 2'000}));
}

TEST(SentenceSplit, IgnoresAPauseFarAway) {
  EXPECT_THAT(split({" aaaaaaa", ".", " bbbbbbb", "."}, {{0, 200}, {210, 1'000}}),
              ElementsAre(SentenceSpan{0, 2, 0, 505}, SentenceSpan{2, 4, 505, 1'000}));
}

TEST(SentenceSplit, DoesNotStopAtAbbreviationsAndInitials) {
  for (const std::string_view word : {" Mr", " St", " J", " U.S"}) {
    EXPECT_EQ(split({" Ask", word, ".", " Smith", " now", "."}, {}).size(), 1U) << word;
  }
}

TEST(SentenceSplit, KeepsAShortSentenceWithTheNext) {
  EXPECT_THAT(split({" No", ".", " That is not what I said", "."}, {}),
              ElementsAre(SentenceSpan{0, 4, 0, 2'000}));
}

TEST(SentenceSplit, CoversAllTokensInOrder) {
  const std::vector<std::string_view> pieces(60, " word.");
  std::size_t token = 0;
  std::size_t sample = 0;
  for (const SentenceSpan& sentence : split(pieces, {{0, 300}, {400, 900}, {950, 2'000}})) {
    EXPECT_EQ(sentence.token_begin, token);
    EXPECT_GE(sentence.start_sample, sample);
    EXPECT_GE(sentence.end_sample, sentence.start_sample);
    token = sentence.token_end;
    sample = sentence.end_sample;
  }
  EXPECT_EQ(token, pieces.size());
  EXPECT_LE(sample, 2'000U);
}

TEST(SentenceSplit, GivesNothingForNothing) { EXPECT_TRUE(split({}, {{0, 100}}).empty()); }

}  // namespace
}  // namespace sotto::asr
