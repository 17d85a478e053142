#include <cstddef>
#include <cstdint>
#include <curl/curl.h>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/client/url.h"

namespace {

struct UrlCloser {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
struct TextCloser {
  void operator()(char* text) const { ::curl_free(text); }
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  SOTTO_CHECK(::curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
  return std::unique_ptr<char, TextCloser>(text).get();
}

/// Whoever connects must read the same host and port as whoever checked them.
void compare_with_curl(const sotto::http::Url& ours) {
  const std::unique_ptr<CURLU, UrlCloser> theirs(::curl_url());
  SOTTO_CHECK(::curl_url_set(theirs.get(), CURLUPART_URL, ours.to_string().c_str(),
                             CURLU_PATH_AS_IS) == CURLUE_OK);
  std::string host = part(theirs.get(), CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  SOTTO_CHECK(host == ours.host());
  SOTTO_CHECK(part(theirs.get(), CURLUPART_PORT) == std::to_string(ours.port()));
  SOTTO_CHECK(part(theirs.get(), CURLUPART_SCHEME) == (ours.is_https() ? "https" : "http"));
}

}  // namespace

// What is taken prints to something that means the same, to us and to libcurl.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::http::Url;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = Url::parse(text);
  if (url) {
    const auto again = Url::parse(url->to_string());
    // One slash more than the limit can come from a path that was left out.
    if (url->to_string().size() <= Url::kSizeMax)
      SOTTO_CHECK(again && again->to_string() == url->to_string());
    compare_with_curl(*url);
  }
  const auto base = Url::parse("https://example.org/a/b?c");
  SOTTO_CHECK(base);
  if (const auto resolved = base->resolve(text)) compare_with_curl(*resolved);
  return 0;
}
