#include "platform/wire/json.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::wire {
namespace {

std::string reason_of(std::string_view text, const JsonLimits& limits = {}) {
  const Result<Json> value = parse_json(text, limits);
  return value ? "" : value.error().reason();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string array_of(std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "0" : ",0";
  return text + "]";
}

TEST(Json, KeepsEveryKindOfValue) {
  const Result<Json> value = parse_json(
      R"({"a":[1,-2,3.5,true,false,null],"s":"é\n\u00e9","big":18446744073709551615,"o":{}})");
  ASSERT_TRUE(value) << value.error().describe();
  EXPECT_EQ(value->at("a").size(), 6U);
  EXPECT_EQ(value->at("a").at(1), -2);
  EXPECT_EQ(value->at("a").at(2), 3.5);
  EXPECT_EQ(value->at("s"), "é\né");
  EXPECT_EQ(value->at("big").get<std::uint64_t>(), 18446744073709551615U);
  EXPECT_TRUE(value->at("o").empty());
}

TEST(Json, TakesAScalarDocument) {
  EXPECT_EQ(parse_json(" 7 ").value(), 7);
  EXPECT_EQ(parse_json("\"x\"").value(), "x");
  EXPECT_TRUE(parse_json("null").value().is_null());
}

TEST(Json, SkipsAByteOrderMark) { EXPECT_EQ(parse_json("\xef\xbb\xbf[1]").value().at(0), 1); }

struct MalformedCase {
  const char* name;
  std::string_view text;
};

constexpr MalformedCase kMalformed[] = {
    {"Empty", ""},
    {"Space", "  "},
    {"TrailingText", "1 2"},
    {"TrailingComma", "[1,]"},
    {"Comment", "[1] // no"},
    {"SingleQuotes", "'a'"},
    {"BareKey", "{a:1}"},
    {"OpenObject", "{\"a\":1"},
    {"Mismatch", "[1}"},
    {"NotANumber", "NaN"},
    {"LeadingZero", "01"},
    {"HugeNumber", "1e999"},
    {"LoneSurrogate", R"("\ud800")"},
    {"MalformedUtf8", "\"\xc0\xaf\""},
    {"RawNewline", "\"a\nb\""},
    {"NulByte", std::string_view("[1\0]", 4)},
};

TEST(Json, RefusesMalformedTextWithTheByteOffset) {
  for (const MalformedCase& malformed : kMalformed) {
    SCOPED_TRACE(malformed.name);
    const Result<Json> value = parse_json(malformed.text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().reason(), "wire.json_malformed");
    EXPECT_EQ(value.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(value.error().message().find("at byte "), std::string::npos);
    EXPECT_FALSE(value.error().detail().empty());
  }
}

TEST(Json, NamesTheOffsetOfTheFault) {
  EXPECT_NE(parse_json("[1, x]").error().message().find("byte 5"), std::string::npos)
      << parse_json("[1, x]").error().message();
}

TEST(Json, RefusesAKeyThatStandsTwice) {
  const Result<Json> value = parse_json(R"({"a":1,"b":{"a":2},"a":3})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().reason(), "wire.json_duplicate_key");
  EXPECT_NE(value.error().message().find("\"a\""), std::string::npos);
  EXPECT_EQ(reason_of(R"({"a":{"a":1},"b":{"a":1}})"), "");
  EXPECT_EQ(reason_of(R"({"a":1,"\u0061":2})"), "wire.json_duplicate_key");
}

TEST(Json, ShowsOnlyTheFrontOfALongKey) {
  const std::string key(10'000, 'k');
  const Result<Json> value = parse_json("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_FALSE(value);
  EXPECT_LT(value.error().message().size(), 200U);
}

TEST(Json, ShowsOnlyTheFrontOfALongToken) {
  const Result<Json> value = parse_json('"' + std::string(1'000'000, 'x'));
  ASSERT_FALSE(value);
  EXPECT_LT(value.error().describe().size(), 1000U);
}

TEST(Json, BoundsTheBytes) {
  const JsonLimits limits{.bytes_max = 4};
  EXPECT_EQ(reason_of("[1]", limits), "");
  EXPECT_EQ(reason_of("[12]", limits), "");
  EXPECT_EQ(reason_of("[123]", limits), "wire.json_too_large");
}

TEST(Json, BoundsTheDepth) {
  const JsonLimits limits{.depth_max = 3};
  EXPECT_EQ(reason_of(nested(2), limits), "");
  EXPECT_EQ(reason_of(nested(3), limits), "");
  EXPECT_EQ(reason_of(nested(4), limits), "wire.json_too_deep");
  EXPECT_EQ(reason_of(R"({"a":[{"b":1}]})", limits), "");
  EXPECT_EQ(reason_of(R"({"a":[{"b":{}}]})", limits), "wire.json_too_deep");
  EXPECT_EQ(reason_of("[[[1],[2]],[[3]]]", limits), "") << "closing gives the level back";
}

TEST(Json, BoundsTheValues) {
  const JsonLimits limits{.values_max = 5};
  EXPECT_EQ(reason_of(array_of(3), limits), "");
  EXPECT_EQ(reason_of(array_of(4), limits), "");
  EXPECT_EQ(reason_of(array_of(5), limits), "wire.json_too_many");
  EXPECT_EQ(reason_of(R"({"a":1,"b":2,"c":3,"d":4})", limits), "");
  EXPECT_EQ(reason_of("[[],[],[],[],[]]", limits), "wire.json_too_many");
}

TEST(Json, StopsReadingAtTheBound) {
  // What follows the bound is not JSON at all, which a parser that read on would say.
  EXPECT_EQ(reason_of("[[[[[[ not json", {.depth_max = 4}), "wire.json_too_deep");
  EXPECT_EQ(reason_of("[1,2,3, not json", {.values_max = 3}), "wire.json_too_many");
}

TEST(Json, RefusesTenMillionOpenBrackets) {
  std::string brackets;
  brackets.resize(10'000'000, '[');
  EXPECT_EQ(reason_of(brackets), "wire.json_too_deep");
}

TEST(Json, NeitherParsesNorDestroysByRecursion) {
  // A stack of 8 MB does not carry a million frames; a bound this high exists only here.
  const JsonLimits limits{.depth_max = 2'000'000};
  EXPECT_EQ(reason_of(nested(1'000'000), limits), "");
}

TEST(Json, WritesCompactTextThatParsesToTheSame) {
  const std::string text = R"({"a":[1,2.5,"ü\"\\\n"],"b":null})";
  EXPECT_EQ(to_text(parse_json(text).value()), text);
}

TEST(Json, ReplacesMalformedUtf8WhenWriting) {
  EXPECT_EQ(to_text(Json("a\xff.")), "\"a\xef\xbf\xbd.\"");
}

}  // namespace
}  // namespace sotto::wire
