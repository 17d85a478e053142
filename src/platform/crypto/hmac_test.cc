#include "platform/crypto/hmac.h"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "platform/crypto/constant_time.h"
#include "platform/crypto/hex.h"

namespace sotto::crypto {
namespace {

std::string bytes_of(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct HmacVector {
  const char* name;
  std::string key, message;
  std::string_view digest;
};

// RFC 4231 §4.
const std::vector<HmacVector>& hmac_vectors() {
  static const std::vector<HmacVector> kVectors{
      {"Case1", std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Case2", "Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"Case3", std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"Case4", bytes_of("0102030405060708090a0b0c0d0e0f10111213141516171819"),
       std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {"Case6", std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"Case7", std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  return kVectors;
}

class HmacVectors : public testing::TestWithParam<HmacVector> {};

TEST_P(HmacVectors, GiveThePublishedDigest) {
  EXPECT_EQ(to_hex(hmac_sha256(GetParam().key, GetParam().message)), GetParam().digest);
}

INSTANTIATE_TEST_SUITE_P(Published, HmacVectors, testing::ValuesIn(hmac_vectors()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(to_hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(to_hex(hmac_sha256(std::string_view(), std::string_view())),
            to_hex(hmac_sha256("", "")));
}

TEST(Hkdf, GivesThePublishedKeys) {
  // RFC 5869, appendix A.1 to A.3.
  const std::string secret(22, '\x0b');
  std::array<std::byte, 42> out{};
  hkdf_sha256(secret, bytes_of("000102030405060708090a0b0c"), bytes_of("f0f1f2f3f4f5f6f7f8f9"),
              out);
  EXPECT_EQ(to_hex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  hkdf_sha256(secret, {}, {}, out);
  EXPECT_EQ(to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");

  std::string long_secret;
  std::string salt;
  std::string info;
  for (int i = 0; i < 80; ++i) {
    long_secret.push_back(static_cast<char>(i));
    salt.push_back(static_cast<char>(0x60 + i));
    info.push_back(static_cast<char>(0xb0 + i));
  }
  std::array<std::byte, 82> long_out{};
  hkdf_sha256(long_secret, salt, info, long_out);
  EXPECT_EQ(
      to_hex(long_out),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
      "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Hkdf, GivesAKeyThatBeginsTheSameBytes) {
  std::array<std::byte, Key::kSize> out{};
  hkdf_sha256("secret", "salt", "info", out);
  EXPECT_EQ(to_hex(hkdf_sha256("secret", "salt", "info").bytes()), to_hex(out));
}

TEST(ConstantTime, ComparesBytes) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sama"));
  EXPECT_FALSE(equal_in_constant_time("same", "same!"));
  EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Key, LeavesNothingBehindWhenMoved) {
  SystemRandom random;
  Key source = Key::make(random);
  const std::string bytes(source.reveal());
  const std::string_view place =
      source.reveal();  // Where the bytes were, whatever becomes of them.
  const Key target = std::move(source);
  EXPECT_EQ(target.reveal(), bytes);
  EXPECT_EQ(place, std::string(Key::kSize, '\0'));
}

}  // namespace
}  // namespace sotto::crypto
