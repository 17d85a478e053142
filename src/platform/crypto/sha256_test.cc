#include "platform/crypto/sha256.h"

#include <gtest/gtest.h>
#include <string>

#include "platform/crypto/hex.h"

namespace sotto::crypto {
namespace {

// The examples of FIPS 180-4's validation documents.
constexpr std::string_view kEmpty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kMillionA =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, GivesThePublishedHashes) {
  EXPECT_EQ(to_hex(sha256("")), kEmpty);
  EXPECT_EQ(to_hex(sha256("abc")), kAbc);
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))), kMillionA);
}

TEST(Sha256, DoesNotCareWhereThePiecesEnd) {
  const std::string text(1'000'000, 'a');
  Sha256 hash;
  std::size_t piece_size = 1;
  for (std::size_t at = 0; at < text.size(); at += piece_size, piece_size = piece_size * 3 + 1)
    hash.update(std::string_view(text).substr(at, piece_size));
  EXPECT_EQ(to_hex(hash.finish()), kMillionA);
}

TEST(Sha256, StartsAnewAfterItsEnd) {
  Sha256 hash;
  hash.update("something");
  static_cast<void>(hash.finish());
  hash.update("abc");
  EXPECT_EQ(to_hex(hash.finish()), kAbc);
}

}  // namespace
}  // namespace sotto::crypto
