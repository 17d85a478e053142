#include "platform/crypto/base64url.h"

#include <gtest/gtest.h>
#include <span>

namespace sotto::crypto {
namespace {

std::string encoded(std::string_view text) { return to_base64url(std::as_bytes(std::span(text))); }

TEST(Base64Url, GivesThePublishedTexts) {
  // RFC 4648 §10, without padding.
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg");
  EXPECT_EQ(encoded("fo"), "Zm8");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded("\xfb\xff"), "-_8");
}

TEST(Base64Url, GoesThereAndBack) {
  std::vector<std::byte> bytes;
  for (int size = 0; size < 70; ++size) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes.push_back(static_cast<std::byte>(size * 37));
  }
}

TEST(Base64Url, RefusesWhatItWouldNotWrite) {
  EXPECT_EQ(from_base64url("Zg=="), std::nullopt) << "padding";
  EXPECT_EQ(from_base64url("Zh"), std::nullopt) << "bits left over";
  EXPECT_EQ(from_base64url("Z"), std::nullopt) << "half a byte";
  EXPECT_EQ(from_base64url("+/8"), std::nullopt) << "the other alphabet";
  EXPECT_EQ(from_base64url("Zm 9v"), std::nullopt) << "a blank";
  EXPECT_EQ(from_base64url("Zm9v\n"), std::nullopt) << "an end of line";
  EXPECT_EQ(from_base64url(std::string_view("Zm9v\0", 5)), std::nullopt) << "a NUL";
}

}  // namespace
}  // namespace sotto::crypto
