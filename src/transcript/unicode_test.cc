#include "transcript/internal/unicode.h"

#include <gtest/gtest.h>

namespace sotto::transcript::internal {
namespace {

TEST(Unicode, ReadsAndWritesCodePoints) {
  for (const std::string text : {"a", "é", "漢", "😀"}) {
    EXPECT_EQ(first_size(text), text.size());
    EXPECT_EQ(first_code_point(text), last_code_point("x" + text));
    std::string copy;
    append_code_point(copy, first_code_point(text));
    EXPECT_EQ(copy, text);
  }
  EXPECT_EQ(first_code_point("😀"), U'😀');
}

TEST(Unicode, PutsTextOnOneLine) {
  EXPECT_EQ(one_line("  a \t b\r\nc\rd\v\f "), "a b c d");
  EXPECT_EQ(one_line("a\u2028b\u3000c"), "a b c");
  EXPECT_EQ(one_line("a\u00a0b"), "a\u00a0b") << "a no-break space is no place to break";
  EXPECT_EQ(one_line("a\xff"
                     "b\x1b[31m"),
            "a\ufffdb[31m");
  EXPECT_EQ(one_line(" \n "), "");
}

TEST(Unicode, UnwrapsLinesOfACue) {
  EXPECT_EQ(unwrap("one\ntwo\r\n three"), "one two three");
  EXPECT_EQ(unwrap("漢字\n仮名"), "漢字仮名");
  EXPECT_EQ(unwrap("漢字\nGPU"), "漢字 GPU");
  EXPECT_EQ(unwrap("\n\n"), "");
}

TEST(Unicode, BreaksBetweenCjkCharactersButNotBeforeTheirPunctuation) {
  EXPECT_TRUE(may_break_between(U'漢', U'字'));
  EXPECT_TRUE(may_break_between(U'。', U'字'));
  EXPECT_FALSE(may_break_between(U'字', U'。'));
  EXPECT_FALSE(may_break_between(U'「', U'字'));
  EXPECT_FALSE(may_break_between(U'字', U'ー'));
  EXPECT_FALSE(may_break_between(U'字', U'a'));
  EXPECT_FALSE(may_break_between(U'가', U'나')) << "Korean has spaces";
}

TEST(Unicode, SplitsThaiBetweenClustersOnly) {
  EXPECT_TRUE(may_split_between(U'ก', U'ข'));
  EXPECT_FALSE(may_split_between(U'ก', U'\u0e31')) << "a vowel sign stays with its letter";
  EXPECT_FALSE(may_split_between(U'\u0e40', U'ก')) << "a leading vowel stays with the next letter";
  EXPECT_FALSE(may_break_between(U'ก', U'ข'));
}

}  // namespace
}  // namespace sotto::transcript::internal
