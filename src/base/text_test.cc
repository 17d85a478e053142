#include "base/text.h"

#include <array>
#include <gtest/gtest.h>

namespace sotto {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x99"));
}

TEST(Utf8, RefusesMalformedText) {
  EXPECT_FALSE(is_utf8("\x80"));
  EXPECT_FALSE(is_utf8("\xc3"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));          // Overlong.
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // Surrogate.
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // Above U+10FFFF.
}

TEST(Printable, ReplacesBadBytesAndDropsControls) {
  EXPECT_EQ(printable("a\x1b[31mb\xff"
                      "c\x7f\xc2\x9b"),
            "a[31mb\xef\xbf\xbd"
            "c");
  EXPECT_EQ(printable("tab\tline\n"), "tab\tline\n");
}

TEST(CodePoints, AreCountedNotBytes) { EXPECT_EQ(code_point_count("caf\xc3\xa9"), 4U); }

TEST(ClosestMatch, FindsSlipsOnly) {
  constexpr std::array<std::string_view, 3> kFormats = {"txt", "srt", "json"};
  EXPECT_EQ(closest_match("jsn", kFormats), "json");
  EXPECT_EQ(closest_match("str", kFormats), std::nullopt);
  EXPECT_EQ(closest_match("sr", kFormats), "srt");
  EXPECT_EQ(closest_match("parquet", kFormats), std::nullopt);
  EXPECT_EQ(closest_match("", kFormats), std::nullopt);
}

}  // namespace
}  // namespace sotto
