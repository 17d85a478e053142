#include "platform/http/origin.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

constexpr auto kOwn = RequestOrigin::kOwn;
constexpr auto kForeign = RequestOrigin::kForeign;
constexpr auto kUnknown = RequestOrigin::kUnknown;

TEST(RequestOrigin, IsWhatTheBrowserSays) {
  const std::vector<std::string> own{"https://sotto.example", "http://127.0.0.1:8484"};
  struct Case {
    const char* name;
    std::vector<Field> fields;
    RequestOrigin expected;
  };
  for (const auto& [name, fields, expected] : std::vector<Case>{
           {"curl", {}, kUnknown},
           {"own page", {{"Sec-Fetch-Site", "same-origin"}}, kOwn},
           {"address bar", {{"sec-fetch-site", "none"}}, kOwn},
           {"neighbour", {{"Sec-Fetch-Site", "same-site"}}, kForeign},
           {"other site", {{"Sec-Fetch-Site", "cross-site"}}, kForeign},
           {"unknown word", {{"Sec-Fetch-Site", "friendly"}}, kForeign},
           {"own origin", {{"Origin", "https://sotto.example"}}, kOwn},
           {"second own origin",
            {{"Origin", "http://127.0.0.1:8484"}, {"Sec-Fetch-Site", "cross-site"}},
            kOwn},
           {"other origin", {{"Origin", "https://evil.example"}}, kForeign},
           {"other scheme", {{"Origin", "http://sotto.example"}}, kForeign},
           {"other port", {{"Origin", "https://sotto.example:8443"}}, kForeign},
           {"own name inside", {{"Origin", "https://sotto.example.evil.example"}}, kForeign},
           {"opaque", {{"Origin", "null"}}, kForeign},
           {"empty", {{"Origin", ""}}, kForeign},
           {"foreign and own",
            {{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "none"}},
            kForeign},
           {"two origins",
            {{"Origin", "https://sotto.example"}, {"Origin", "https://sotto.example"}},
            kForeign},
           {"two sites", {{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "none"}}, kForeign},
       })
    EXPECT_EQ(origin_of(fields, own), expected) << name;
  EXPECT_EQ(origin_of({{"Origin", "null"}}, {"null"}), kForeign) << "a careless list";
}

}  // namespace
}  // namespace sotto::http
