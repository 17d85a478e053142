#include "platform/http/client/url.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

std::string parsed(std::string_view text) {
  const auto url = Url::parse(text);
  return url ? url->to_string() : url.error().reason();
}

TEST(Url, HasOneSpelling) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const auto& [text, expected] : {
           Case{"https://example.org", "https://example.org/"},
           Case{"HTTPS://Example.ORG:443/A?b#c", "https://example.org/A?b"},
           Case{"http://example.org:80/", "http://example.org/"},
           Case{"http://example.org:443/", "http://example.org:443/"},
           Case{"https://example.org?q=1", "https://example.org/?q=1"},
           Case{"https://127.0.0.1:8443/x", "https://127.0.0.1:8443/x"},
           Case{"https://[2001:DB8:0::1]:8443/x", "https://[2001:db8::1]:8443/x"},
           Case{"https://[::ffff:127.0.0.1]/", "https://127.0.0.1/"},
           Case{"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
           Case{"https://a_b.example/%zz", "https://a_b.example/%zz"},
       })
    EXPECT_EQ(parsed(text), expected) << text;
}

TEST(Url, RefusesWhatReadersUnderstandDifferently) {
  for (const char* text : {
           "",
           "example.org",
           "//example.org/",
           "https:example.org",
           "https:/example.org",
           "ftp://example.org/",
           "file:///etc/passwd",
           "gopher://example.org/",
           "https://",
           "https:///path",
           "https://user@example.org/",
           "https://user:word@example.org/",
           "https://example.org@127.0.0.1/",
           "https://example.org\\@127.0.0.1/",
           "https://example.org:/",
           "https://example.org:0/",
           "https://example.org:65536/",
           "https://example.org:+443/",
           "https://example.org:443x/",
           "https://example.org:4 43/",
           "https://example.org./",
           "https://.example.org/",
           "https://exa..mple.org/",
           "https://exam%70le.org/",
           "https://ex ample.org/",
           "https://example.org/a b",
           "https://example.org/a\r\nHost: x",
           "https://b\xc3\xbcrger.example/",
           "https://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/",
           "https://2130706433/",
           "https://0x7f000001/",
           "https://0x7f.0.0.1/",
           "https://0177.0.0.1/",
           "https://017700000001/",
           "https://127.1/",
           "https://127.0.1/",
           "https://127.0.0.1./",
           "https://127.0.0.0x1/",
           "https://1.2.3.4.5/",
           "https://256.0.0.1/",
           "https://0x/",
           "https://[::1/",
           "https://[::1%25lo]/",
           "https://[::1%lo]/",
           "https://[127.0.0.1]/",
           "https://[::1]x/",
           "https://[v1.a]/",
           "https://[]/",
           "https://example.org:443:443/",
       })
    EXPECT_EQ(parsed(text), "client.bad_url") << text;
  EXPECT_EQ(parsed(std::string("https://example.org/\0", 21)), "client.bad_url");
}

TEST(Url, BoundsItsSizes) {
  const std::string start = "https://example.org/";
  EXPECT_NE(parsed(start + std::string(Url::kSizeMax - start.size(), 'a')), "client.bad_url");
  EXPECT_EQ(parsed(start + std::string(Url::kSizeMax - start.size() + 1, 'a')), "client.bad_url");
  EXPECT_NE(parsed("https://" + std::string(63, 'a') + ".org/"), "client.bad_url");
  EXPECT_EQ(parsed("https://" + std::string(64, 'a') + ".org/"), "client.bad_url");
  std::string host;
  while (host.size() < 252) host += "a.";
  EXPECT_NE(parsed("https://" + host + "a/"), "client.bad_url");
  EXPECT_EQ(parsed("https://" + host + "a.a/"), "client.bad_url");
}

TEST(Url, ResolvesReferences) {
  const auto base = Url::parse("http://a/b/c/d;p?q");
  ASSERT_TRUE(base);
  struct Case {
    const char* reference;
    const char* expected;
  };
  for (const auto& [reference, expected] : {
           // RFC 3986 §5.4, as far as it is http.
           Case{"g", "http://a/b/c/g"},
           Case{"./g", "http://a/b/c/g"},
           Case{"g/", "http://a/b/c/g/"},
           Case{"/g", "http://a/g"},
           Case{"//g", "http://g/"},
           Case{"?y", "http://a/b/c/d;p?y"},
           Case{"g?y#s", "http://a/b/c/g?y"},
           Case{"#s", "http://a/b/c/d;p?q"},
           Case{";x", "http://a/b/c/;x"},
           Case{"", "http://a/b/c/d;p?q"},
           Case{".", "http://a/b/c/"},
           Case{"..", "http://a/b/"},
           Case{"../g", "http://a/b/g"},
           Case{"../..", "http://a/"},
           Case{"../../../../g", "http://a/g"},
           Case{"/./g", "http://a/g"},
           Case{"g;x=1/../y", "http://a/b/c/y"},
           Case{"g?y/../x", "http://a/b/c/g?y/../x"},
           Case{"https://other:8443/x", "https://other:8443/x"},
           Case{"http:g", "client.bad_url"},
           Case{"javascript:alert(1)", "client.bad_url"},
           Case{"//user@g/", "client.bad_url"},
           Case{R"(\\g\)", "client.bad_url"},
       }) {
    const auto url = base->resolve(reference);
    EXPECT_EQ(url ? url->to_string() : url.error().reason(), expected) << reference;
  }
}

}  // namespace
}  // namespace sotto::http
