#include "platform/http/head.h"

#include <gtest/gtest.h>
#include <ostream>
#include <string>

namespace sotto::http {
namespace {

constexpr HeadLimits kLimits{.request_line_max = 100, .head_max = 400, .field_count_max = 5};

std::string reason_of(std::string_view head) {
  RequestHead parsed;
  const auto result = parse_head(head, kLimits, parsed);
  return result ? "ok" : result.error().reason();
}

/// A request with one more header line.
std::string with_line(std::string_view line) {
  return "POST / HTTP/1.1\r\nHost: here\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestHeads, AreParsed) {
  RequestHead head;
  const std::string text =
      "PATCH /a/b?c=d HTTP/1.1\r\nHost: here:8484\r\nX-Thing:  some value \r\nContent-Length: "
      "12\r\n\r\n";
  ASSERT_TRUE(parse_head(text, kLimits, head));
  EXPECT_EQ(head.method, Method::kPatch);
  EXPECT_EQ(head.target, "/a/b?c=d");
  EXPECT_EQ(head.host, "here:8484");
  EXPECT_EQ(head.field("x-thing"), "some value");
  EXPECT_EQ(head.framing.content_length, 12U);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHeads, TakeAnAbsoluteTargetsHost) {
  RequestHead head;
  ASSERT_TRUE(parse_head("GET http://there/x HTTP/1.1\r\nHost: here\r\n\r\n", kLimits, head));
  EXPECT_EQ(head.host, "there");
  EXPECT_EQ(head.target, "/x");
}

TEST(RequestHeads, KnowWhetherTheConnectionStays) {
  const auto keeps = [](std::string_view version, std::string_view connection) {
    RequestHead head;
    const std::string text = "GET / " + std::string(version) +
                             "\r\nHost: h\r\nConnection: " + std::string(connection) + "\r\n\r\n";
    EXPECT_TRUE(parse_head(text, kLimits, head));
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", "keep-alive"));
  EXPECT_FALSE(keeps("HTTP/1.1", "close"));
  EXPECT_FALSE(keeps("HTTP/1.1", "keep-alive, Close"));
  EXPECT_TRUE(keeps("HTTP/1.0", "Keep-Alive"));
  EXPECT_FALSE(keeps("HTTP/1.0", "upgrade"));
}

TEST(RequestHeads, KnowAnUpgradeToWebSocket) {
  RequestHead head;
  ASSERT_TRUE(parse_head(with_line("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket"),
                         kLimits, head));
  EXPECT_TRUE(head.upgrades_to_websocket);
  ASSERT_TRUE(parse_head(with_line("Upgrade: websocket"), kLimits, head));
  EXPECT_FALSE(head.upgrades_to_websocket);
}

struct Bad {
  const char* name;
  std::string head;
  const char* reason;
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadRequestHeads : public testing::TestWithParam<Bad> {};

TEST_P(BadRequestHeads, AreRefused) { EXPECT_EQ(reason_of(GetParam().head), GetParam().reason); }

INSTANTIATE_TEST_SUITE_P(
    All, BadRequestHeads,
    testing::Values(
        Bad{"NoVersion", "GET /\r\nHost: h\r\n\r\n", "http.bad_request_line"},
        Bad{"EmptyLine", "\r\n\r\n", "http.bad_request_line"},
        Bad{"NoMethod", " / HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_request_line"},
        Bad{"MethodNoToken", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_request_line"},
        Bad{"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n", "http.bad_request_line"},
        Bad{"OtherMethod", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "http.method_unknown"},
        Bad{"LowerCaseMethod", "get / HTTP/1.1\r\nHost: h\r\n\r\n", "http.method_unknown"},
        Bad{"Version2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "http.version_unsupported"},
        Bad{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"RawUtf8InTarget", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"Fragment", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"EmptyAuthority", "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"OtherScheme", "GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "http.bad_target"},
        Bad{"NoHost", "GET / HTTP/1.1\r\n\r\n", "http.bad_host"},
        Bad{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "http.bad_host"},
        Bad{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "http.bad_host"},
        Bad{"LongHost", "GET / HTTP/1.1\r\nHost: " + std::string(262, 'h') + "\r\n\r\n",
            "http.bad_host"},
        Bad{"NoColon", with_line("X-Thing"), "http.bad_field"},
        Bad{"SpaceBeforeColon", with_line("Content-Length : 5"), "http.bad_field"},
        Bad{"EmptyName", with_line(": x"), "http.bad_field"},
        Bad{"Folded", with_line("X: a\r\n b"), "http.bad_field"},
        Bad{"FoldedByTab", with_line("X: a\r\n\tb"), "http.bad_field"},
        Bad{"BareLf", with_line("X: a\nContent-Length: 5"), "http.bad_field"},
        Bad{"BareCr", with_line("X: a\rb"), "http.bad_field"},
        Bad{"Nul", with_line(std::string("X: a\0b", 6)), "http.bad_field"},
        Bad{"Delete", with_line("X: a\x7f"), "http.bad_field"},
        Bad{"BothLengths", with_line("Content-Length: 5\r\nTransfer-Encoding: chunked"),
            "http.bad_framing"},
        Bad{"BothLengthsTurned", with_line("Transfer-Encoding: chunked\r\nContent-Length: 5"),
            "http.bad_framing"},
        Bad{"LengthTwice", with_line("Content-Length: 5\r\nContent-Length: 5"), "http.bad_framing"},
        Bad{"LengthList", with_line("Content-Length: 5, 5"), "http.bad_framing"},
        Bad{"LengthSigned", with_line("Content-Length: +5"), "http.bad_framing"},
        Bad{"LengthNegative", with_line("Content-Length: -5"), "http.bad_framing"},
        Bad{"LengthHex", with_line("Content-Length: 0x5"), "http.bad_framing"},
        Bad{"LengthEmpty", with_line("Content-Length:"), "http.bad_framing"},
        Bad{"LengthTooBig", with_line("Content-Length: 18446744073709551616"), "http.bad_framing"},
        Bad{"CodingTwice", with_line("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            "http.bad_framing"},
        Bad{"CodingIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "http.bad_framing"},
        Bad{"CodingList", with_line("Transfer-Encoding: gzip, chunked"),
            "http.transfer_coding_unknown"},
        Bad{"CodingIdentity", with_line("Transfer-Encoding: identity"),
            "http.transfer_coding_unknown"},
        Bad{"CodingObfuscated", with_line("Transfer-Encoding: xchunked"),
            "http.transfer_coding_unknown"},
        Bad{"OtherExpectation", with_line("Expect: tea"), "http.expectation_unknown"},
        Bad{"NoBlankLine", "GET / HTTP/1.1\r\nHost: h\r\n", "http.bad_field"},
        Bad{"MoreBehind", "GET / HTTP/1.1\r\nHost: h\r\n\r\nx", "http.bad_field"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RequestHeadLimits, BoundTheRequestLine) {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  EXPECT_EQ(reason_of(line(99)), "ok");
  EXPECT_EQ(reason_of(line(100)), "ok");
  EXPECT_EQ(reason_of(line(101)), "http.uri_too_long");
}

TEST(RequestHeadLimits, BoundTheWholeHead) {
  const auto head = [](std::size_t size) {
    return with_line("X: " + std::string(size - with_line("X: ").size(), 'a'));
  };
  EXPECT_EQ(reason_of(head(399)), "ok");
  EXPECT_EQ(reason_of(head(400)), "ok");
  EXPECT_EQ(reason_of(head(401)), "http.head_too_large");
}

TEST(RequestHeadLimits, BoundTheNumberOfFields) {
  const auto head = [](int count) {
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < count; ++i) text += "X: y\r\n";
    return text + "\r\n";
  };
  EXPECT_EQ(reason_of(head(4)), "ok");
  EXPECT_EQ(reason_of(head(5)), "ok");
  EXPECT_EQ(reason_of(head(6)), "http.too_many_fields");
}

TEST(FindHead, WaitsForTheBlankLine) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    const auto found = find_head(std::string_view(head).substr(0, size), size / 2, kLimits);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->has_value()) << size;
  }
  for (std::size_t seen = 0; seen < head.size(); ++seen) {
    const auto found = find_head(head + "more", seen, kLimits);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, head.size());
  }
}

TEST(FindHead, RefusesWhatCanNeverBecomeAHead) {
  const auto reason = [](std::string_view bytes) {
    const auto found = find_head(bytes, 0, kLimits);
    return found ? "ok" : found.error().reason();
  };
  EXPECT_EQ(reason(std::string(101, 'a')), "ok");
  EXPECT_EQ(reason(std::string(102, 'a')), "http.uri_too_long");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\n" + std::string(384, 'a')), "ok");
  EXPECT_EQ(reason("GET / HTTP/1.1\r\n" + std::string(385, 'a')), "http.head_too_large");
  EXPECT_EQ(reason("GET / HTTP/1.1\nHost: h\n\n"), "http.bad_field");
}

}  // namespace
}  // namespace sotto::http
