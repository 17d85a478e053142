#include "platform/http/conditions.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "platform/http/status.h"

namespace sotto::http {
namespace {

std::string range(std::string_view field, std::uint64_t size = 100) {
  const auto parsed = parse_range(field, size);
  if (!parsed) return parsed.error().reason();
  if (!parsed->has_value()) return "ignored";
  return std::to_string((*parsed)->first) + '+' + std::to_string((*parsed)->count);
}

TEST(Ranges, AreParsed) {
  EXPECT_EQ(range("bytes=0-0"), "0+1");
  EXPECT_EQ(range("bytes=10-19"), "10+10");
  EXPECT_EQ(range("bytes=90-"), "90+10");
  EXPECT_EQ(range("bytes=90-1000"), "90+10");
  EXPECT_EQ(range("bytes=99-99"), "99+1");
  EXPECT_EQ(range("bytes=-10"), "90+10");
  EXPECT_EQ(range("bytes=-1000"), "0+100");
  EXPECT_EQ(range("BYTES=1-2"), "1+2");
}

TEST(Ranges, BehindTheEndDoNotExist) {
  EXPECT_EQ(range("bytes=100-"), "http.range_not_satisfiable");
  EXPECT_EQ(range("bytes=-0"), "http.range_not_satisfiable");
  EXPECT_EQ(range("bytes=0-", 0), "http.range_not_satisfiable");
  EXPECT_EQ(range("bytes=18446744073709551615-"), "http.range_not_satisfiable");
}

TEST(Ranges, ThatAreNotPlainAreIgnored) {
  for (const char* field : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4",
                            "bytes=1-2,4-5", "items=0-1", "bytes=1", "bytes=+1-2", "bytes=1--2",
                            "bytes=18446744073709551616-", "bytes=0-18446744073709551616"})
    EXPECT_EQ(range(field), "ignored") << field;
}

TEST(EntityTags, AreMatched) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\"", false));
  EXPECT_TRUE(matches_etag("\"b\", \"a\"", "\"a\"", false));
  EXPECT_TRUE(matches_etag("*", "\"a\"", false));
  EXPECT_TRUE(matches_etag("W/\"a\"", "\"a\"", true));
  EXPECT_TRUE(matches_etag("\"a\"", "W/\"a\"", true));
  EXPECT_FALSE(matches_etag("W/\"a\"", "\"a\"", false));
  EXPECT_FALSE(matches_etag("\"a\"", "W/\"a\"", false));
  EXPECT_FALSE(matches_etag("a", "\"a\"", true));
  EXPECT_FALSE(matches_etag("", "", true));
}

std::string if_match(const std::vector<std::string_view>& lists, std::string_view etag,
                     IfMatchNeed need = IfMatchNeed::kOptional) {
  Request request;
  for (const std::string_view list : lists) request.head.fields.push_back({"If-Match", list});
  const auto checked = check_if_match(request, etag, need);
  return checked ? "goes on" : checked.error().reason();
}

TEST(IfMatch, LetsThroughWhoNamesTheStateOfNow) {
  for (const char* list : {"\"1\"", "*", " * ", "\"0\", \"1\"", "\"1\",\"0\"", ",, \"1\" ,",
                           "\"1~br\"", "\"1~gz\"", "W/\"1\", \"1\""})
    for (const IfMatchNeed need : {IfMatchNeed::kOptional, IfMatchNeed::kRequired})
      EXPECT_EQ(if_match({list}, "\"1\"", need), "goes on") << list;
  EXPECT_EQ(if_match({"\"0\"", "\"1\""}, "\"1\""), "goes on");
  EXPECT_EQ(if_match({"*"}, "W/\"1\""), "goes on");
}

TEST(IfMatch, StopsWhoNamesAnother) {
  for (const char* list : {"\"0\"", "W/\"1\"", "1", "'1'", "\"1", "\"\"", "", ",", "\"1~zz\"",
                           "\"1~br~br\"", "\"1 \"", "W/*"})
    for (const IfMatchNeed need : {IfMatchNeed::kOptional, IfMatchNeed::kRequired})
      EXPECT_EQ(if_match({list}, "\"1\"", need), "http.precondition_failed") << list;
  EXPECT_EQ(if_match({"\"0\"", "\"2\""}, "\"1\""), "http.precondition_failed");
  // A weak tag does not stand for the same bytes, whoever says it.
  EXPECT_EQ(if_match({"W/\"1\""}, "W/\"1\""), "http.precondition_failed");
  EXPECT_EQ(if_match({"\"1\""}, "W/\"1\""), "http.precondition_failed");
}

TEST(IfMatch, NeverMatchesWhatDoesNotExist) {
  for (const char* list : {"*", "\"1\"", "\"\"", ""})
    EXPECT_EQ(if_match({list}, ""), "http.precondition_failed") << list;
}

TEST(IfMatch, IsMissedOnlyWhereItIsNeeded) {
  EXPECT_EQ(if_match({}, "\"1\""), "goes on");
  EXPECT_EQ(if_match({}, ""), "goes on");
  EXPECT_EQ(if_match({}, "\"1\"", IfMatchNeed::kRequired), "http.precondition_required");
  EXPECT_EQ(if_match({}, "", IfMatchNeed::kRequired), "http.precondition_required");
}

TEST(IfMatch, HasStatusesOfItsOwn) {
  Request request;
  const auto missing = check_if_match(request, "\"1\"", IfMatchNeed::kRequired);
  ASSERT_FALSE(missing);
  EXPECT_EQ(status_of(missing.error()), 428);
  request.head.fields.push_back({"If-Match", "\"0\""});
  const auto other = check_if_match(request, "\"1\"");
  ASSERT_FALSE(other);
  EXPECT_EQ(status_of(other.error()), 412);
  EXPECT_NE(other.error().message().find("\"1\""), std::string::npos) << other.error().message();
}

class Conditions : public testing::Test {
 protected:
  Conditions() {
    response_ = Response::text("0123456789");
    response_.etag = "\"1\"";
    response_.allows_ranges = true;
  }
  void apply(std::vector<Field> fields, Method method = Method::kGet) {
    Request request;
    request.head.method = method;
    request.head.fields = std::move(fields);
    apply_conditions(request, response_);
  }

  Response response_;
};

TEST_F(Conditions, CutARangeOut) {
  apply({{"Range", "bytes=2-4"}});
  EXPECT_EQ(response_.status, 206);
  EXPECT_EQ(response_.body, "234");
}

TEST_F(Conditions, GiveAllWhereItChangedMeanwhile) {
  apply({{"Range", "bytes=2-4"}, {"If-Range", "\"0\""}});
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(response_.body, "0123456789");
}

TEST_F(Conditions, GiveTheRangeWhereItDidNotChange) {
  apply({{"Range", "bytes=2-4"}, {"If-Range", "\"1\""}});
  EXPECT_EQ(response_.status, 206);
}

TEST_F(Conditions, SayHowMuchThereIsWhereARangeDoesNotExist) {
  apply({{"Range", "bytes=10-"}});
  EXPECT_EQ(response_.status, 416);
  EXPECT_EQ(response_.fields.back().second, "bytes */10");
}

TEST_F(Conditions, PreferNotModifiedToARange) {
  apply({{"Range", "bytes=2-4"}, {"If-None-Match", "W/\"1\""}});
  EXPECT_EQ(response_.status, 304);
}

TEST_F(Conditions, GiveNothingButWhatIfMatchNames) {
  for (const Method method : {Method::kGet, Method::kHead}) {
    response_ = Response::text("0123456789");
    response_.etag = "\"1\"";
    apply({{"If-Match", "\"1\""}}, method);
    EXPECT_EQ(response_.status, 200);
    EXPECT_EQ(response_.body, "0123456789");
    apply({{"If-Match", "\"0\""}}, method);
    EXPECT_EQ(response_.status, 412);
    EXPECT_EQ(response_.content_type, "application/problem+json");
    EXPECT_NE(response_.body.find("\"http.precondition_failed\""), std::string::npos);
    EXPECT_EQ(response_.etag, "");
  }
}

TEST_F(Conditions, AskIfMatchBeforeAllOthers) {
  apply({{"Range", "bytes=2-4"}, {"If-None-Match", "\"1\""}, {"If-Match", "\"0\""}});
  EXPECT_EQ(response_.status, 412);
}

TEST_F(Conditions, GoOnToTheOthersWhereIfMatchHolds) {
  apply({{"If-None-Match", "\"1\""}, {"If-Match", "\"1\""}});
  EXPECT_EQ(response_.status, 304);
}

TEST_F(Conditions, CutARangeOutWhereIfMatchHolds) {
  apply({{"Range", "bytes=2-4"}, {"If-Match", "*"}});
  EXPECT_EQ(response_.status, 206);
}

TEST_F(Conditions, IgnoreIfMatchWhereThereIsNoTag) {
  response_.etag.clear();
  apply({{"If-Match", "\"0\""}});
  EXPECT_EQ(response_.status, 200);
}

TEST_F(Conditions, LeaveOtherAnswersAlone) {
  apply({{"Range", "bytes=2-4"}, {"If-None-Match", "*"}}, Method::kPost);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(response_.body, "0123456789");
}

}  // namespace
}  // namespace sotto::http
