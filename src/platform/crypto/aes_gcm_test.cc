#include "platform/crypto/internal/aes_gcm.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string_view>
#include <vector>

#include "platform/crypto/hex.h"

namespace sotto::crypto::internal {
namespace {

/// AES-256 cases of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, which
/// NIST SP 800-38D refers to.
struct Vector {
  const char* name;
  std::string_view key, nonce, aad, plain, sealed;
};

constexpr std::string_view kZeroKey =
    "0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view kKey =
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

constexpr std::array kVectors{
    Vector{"Case13", kZeroKey, "000000000000000000000000", "", "",
           "530f8afbc74536b9a963b4f1c4cb738b"},
    Vector{"Case14", kZeroKey, "000000000000000000000000", "", "00000000000000000000000000000000",
           "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    Vector{"Case16", kKey, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
           "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
           "76fc6ece0f4e1768cddf8853bb2d551b"},
};

Key key_of(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  return Key{std::span<const std::byte, Key::kSize>(bytes)};
}

AesGcm::Nonce nonce_of(std::string_view hex) {
  AesGcm::Nonce nonce{};
  std::ranges::copy(from_hex(hex).value(), nonce.begin());
  return nonce;
}

class AesGcmVectors : public testing::TestWithParam<Vector> {};

TEST_P(AesGcmVectors, SealToThePublishedBytesAndOpen) {
  const Vector& vector = GetParam();
  AesGcm cipher(key_of(vector.key));
  const auto aad = from_hex(vector.aad).value();
  const auto plain = from_hex(vector.plain).value();
  std::vector<std::byte> sealed(plain.size() + AesGcm::kTagSize);
  cipher.seal(nonce_of(vector.nonce), aad, plain, sealed);
  EXPECT_EQ(to_hex(sealed), vector.sealed);
  std::vector<std::byte> opened(plain.size());
  ASSERT_TRUE(cipher.open(nonce_of(vector.nonce), aad, sealed, opened));
  EXPECT_EQ(opened, plain);
}

INSTANTIATE_TEST_SUITE_P(Published, AesGcmVectors, testing::ValuesIn(kVectors),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(AesGcm, GivesNothingOfWhatIsNotAuthentic) {
  AesGcm cipher(key_of(kKey));
  const std::vector<std::byte> plain(100, std::byte{7});
  std::vector<std::byte> sealed(plain.size() + AesGcm::kTagSize);
  cipher.seal({}, {}, plain, sealed);
  sealed[50] ^= std::byte{1};
  std::vector<std::byte> opened(plain.size(), std::byte{9});
  EXPECT_FALSE(cipher.open({}, {}, sealed, opened));
  EXPECT_EQ(opened, std::vector<std::byte>(plain.size(), std::byte{0}));
  sealed[50] ^= std::byte{1};
  EXPECT_TRUE(cipher.open({}, {}, sealed, opened)) << "a failure leaves the cipher usable";
}

}  // namespace
}  // namespace sotto::crypto::internal
