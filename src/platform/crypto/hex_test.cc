#include "platform/crypto/hex.h"

#include <gtest/gtest.h>

namespace sotto::crypto {
namespace {

TEST(Hex, GoesThereAndBack) {
  std::vector<std::byte> bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<std::byte>(value));
  const std::string text = to_hex(bytes);
  EXPECT_EQ(text.substr(0, 8), "00010203");
  EXPECT_EQ(text.substr(506), "fdfeff");
  EXPECT_EQ(from_hex(text), bytes);
}

TEST(Hex, RefusesWhatItWouldNotWrite) {
  EXPECT_EQ(from_hex("abc"), std::nullopt) << "an odd number of digits";
  EXPECT_EQ(from_hex("AB"), std::nullopt) << "upper case";
  EXPECT_EQ(from_hex("0x"), std::nullopt) << "not a digit";
  EXPECT_EQ(from_hex(" 1"), std::nullopt) << "a blank";
  EXPECT_EQ(from_hex(""), std::vector<std::byte>());
}

}  // namespace
}  // namespace sotto::crypto
