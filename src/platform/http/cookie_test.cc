#include "platform/http/cookie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sotto::http {
namespace {

using std::chrono::seconds;

/// "a=1 b=2 !1": the pairs and how many were malformed; or the reason.
std::string parse(std::string_view value) {
  const auto cookies = Cookies::parse({{"Cookie", value}});
  if (!cookies) return cookies.error().reason();
  std::string out;
  for (const auto& [name, text] : cookies->all())
    out += std::string(name) + "=" + std::string(text) + " ";
  return out + "!" + std::to_string(cookies->malformed_count());
}

TEST(Cookies, AreReadInTheirOrder) {
  struct Case {
    const char* value;
    const char* expected;
  };
  for (const auto& [value, expected] : {
           Case{"", "!0"},
           Case{"a=1", "a=1 !0"},
           Case{"a=1; b=2", "a=1 b=2 !0"},
           Case{"a=1;b=2 ;\tc=", "a=1 b=2 c= !0"},
           Case{";;a=1;", "a=1 !0"},
           Case{"a=b=c", "a=b=c !0"},
           Case{"a=\"1\"", "a=1 !0"},
           Case{"__Host-sid=x.y_z-", "__Host-sid=x.y_z- !0"},
           Case{"a=1; a=2", "a=1 a=2 !0"},
           Case{"=1; a; b c=1; d=\"; e=1,2; f={\"x\":1}; g=\x7f; h=\xc3\xbc; i=ok", "i=ok !8"},
       })
    EXPECT_EQ(parse(value), expected) << value;
}

TEST(Cookies, OfSeveralFieldsAreOneList) {
  const auto cookies = Cookies::parse({{"cookie", "a=1"}, {"Host", "b=2"}, {"COOKIE", "c=3"}});
  ASSERT_TRUE(cookies);
  EXPECT_EQ(cookies->all().size(), 2U);
  EXPECT_EQ(cookies->find("c").value(), "3");
  EXPECT_EQ(cookies->find("b").value(), std::nullopt);
  EXPECT_EQ(cookies->find("A").value(), std::nullopt) << "names have a case";
}

TEST(Cookies, RefuseANameThatComesTwice) {
  const auto cookies = Cookies::parse({{"Cookie", "sid=ours; sid=planted; other=1"}});
  ASSERT_TRUE(cookies);
  const auto found = cookies->find("sid");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason(), "http.bad_cookie");
  EXPECT_EQ(cookies->find("other").value(), "1");
}

TEST(Cookies, AreBounded) {
  std::string many;
  for (std::size_t i = 0; i < Cookies::kCountMax; ++i) many += "a=1;";
  EXPECT_NE(parse(many), "http.bad_cookie");
  EXPECT_EQ(parse(many + "nonsense"), "http.bad_cookie");
  EXPECT_NE(parse("a=" + std::string(Cookies::kSizeMax - 2, 'x')), "http.bad_cookie");
  EXPECT_EQ(parse("a=" + std::string(Cookies::kSizeMax - 1, 'x')), "http.bad_cookie");
}

TEST(SetCookie, IsSafeUnlessToldOtherwise) {
  EXPECT_EQ(to_field_value({.name = "__Host-sid", .value = "abc"}).value(),
            "__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
  EXPECT_EQ(to_field_value({.name = "theme",
                            .value = "",
                            .path = "/app",
                            .domain = "example.org",
                            .max_age = seconds(0),
                            .secure = false,
                            .http_only = false,
                            .same_site = SameSite::kStrict})
                .value(),
            "theme=; Path=/app; Domain=example.org; Max-Age=0; SameSite=Strict");
  EXPECT_EQ(to_field_value({.name = "a", .value = "b", .same_site = SameSite::kNone}).value(),
            "a=b; Path=/; Secure; HttpOnly; SameSite=None");
}

TEST(SetCookie, RefusesWhatBrowsersWouldNotKeep) {
  for (const SetCookie& cookie : {
           SetCookie{.name = ""},
           SetCookie{.name = "a b"},
           SetCookie{.name = "a=b"},
           SetCookie{.name = "a", .value = "b; Domain=evil"},
           SetCookie{.name = "a", .value = "b\r\nSet-Cookie: c=d"},
           SetCookie{.name = "a", .value = "\"b\""},
           SetCookie{.name = "a", .value = "b c"},
           SetCookie{.name = "a", .value = "\xc3\xbc"},
           SetCookie{.name = "a", .path = ""},
           SetCookie{.name = "a", .path = "app"},
           SetCookie{.name = "a", .path = "/; Secure"},
           SetCookie{.name = "a", .domain = "x; Secure"},
           SetCookie{.name = "a", .max_age = seconds(-1)},
           SetCookie{.name = "a", .max_age = seconds(400L * 24 * 3600 + 1)},
           SetCookie{.name = "__Host-a", .secure = false},
           SetCookie{.name = "__Host-a", .path = "/app"},
           SetCookie{.name = "__Host-a", .domain = "example.org"},
           SetCookie{.name = "__hOST-a", .secure = false},
           SetCookie{.name = "__Secure-a", .secure = false},
           SetCookie{.name = "a", .secure = false, .same_site = SameSite::kNone},
           SetCookie{.name = "a", .value = std::string(Cookies::kSizeMax, 'x')},
       }) {
    const auto value = to_field_value(cookie);
    ASSERT_FALSE(value) << *value;
    EXPECT_EQ(value.error().reason(), "http.cookie_refused");
  }
  EXPECT_TRUE(to_field_value({.name = "a", .value = std::string(Cookies::kSizeMax - 1, 'x')}));
  EXPECT_TRUE(to_field_value({.name = "a", .max_age = seconds(400L * 24 * 3600)}));
}

}  // namespace
}  // namespace sotto::http
