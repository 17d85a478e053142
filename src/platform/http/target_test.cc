#include "platform/http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace sotto::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string reason_of(std::string_view text) {
  const auto target = Target::parse(text);
  return target ? "ok" : target.error().reason();
}

TEST(Targets, AreSplitAndDecoded) {
  const auto target = Target::parse("/api/caf%C3%A9/a+b?q=x+y%26z&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->segments(), ElementsAre("api", "caf\xc3\xa9", "a+b"));
  EXPECT_THAT(target->parameters(),
              ElementsAre(Pair("q", "x y&z"), Pair("empty", ""), Pair("flag", "")));
  EXPECT_EQ(target->path(), "/api/caf%C3%A9/a+b");
}

TEST(Targets, KnowTheRoot) {
  const auto target = Target::parse("/");
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->segments().empty());
}

TEST(Targets, RefusePathTricks) {
  for (const char* path : {"/a/../b", "/a/./b", "/..",    "/%2e%2e/a", "/%2E/a",  "/a//b",  "//a",
                           "/a/",     "/a%2fb", "/a%5cb", "/a\\b",     "/a%00b",  "/a%0ab", "/a%7f",
                           "/a%",     "/a%2",   "/a%zz",  "/%ff",      "/%c0%ae", "a",      ""})
    EXPECT_EQ(reason_of(path), "http.bad_path") << path;
}

TEST(Targets, RefuseBrokenQueries) {
  for (const char* target : {"/?a=%", "/?%zz=1", "/?a=%ff", "/?%ff=a"})
    EXPECT_EQ(reason_of(target), "http.bad_query") << target;
}

TEST(Targets, BoundTheirSegments) {
  const auto path = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "/a";
    return text;
  };
  EXPECT_EQ(reason_of(path(Target::kSegmentsMax - 1)), "ok");
  EXPECT_EQ(reason_of(path(Target::kSegmentsMax)), "ok");
  EXPECT_EQ(reason_of(path(Target::kSegmentsMax + 1)), "http.bad_path");
}

TEST(Targets, BoundTheirParameters) {
  const auto query = [](std::size_t count) {
    std::string text = "/?";
    for (std::size_t i = 0; i < count; ++i) text += "a=b&";
    text.pop_back();
    return text;
  };
  EXPECT_EQ(reason_of(query(Target::kParametersMax - 1)), "ok");
  EXPECT_EQ(reason_of(query(Target::kParametersMax)), "ok");
  EXPECT_EQ(reason_of(query(Target::kParametersMax + 1)), "http.bad_query");
}

TEST(Targets, GiveAParameterThatComesOnce) {
  const auto target = Target::parse("/?a=1&b=2&b=3");
  ASSERT_TRUE(target);
  const auto once = target->parameter("a");
  ASSERT_TRUE(once);
  EXPECT_EQ(*once, "1");
  const auto missing = target->parameter("c");
  ASSERT_TRUE(missing);
  EXPECT_FALSE(missing->has_value());
  const auto twice = target->parameter("b");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().reason(), "http.bad_query");
}

}  // namespace
}  // namespace sotto::http
