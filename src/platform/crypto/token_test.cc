#include "platform/crypto/token.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

#include "platform/crypto/hex.h"
#include "platform/crypto/testing/memory_stream.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view kPrefix = "sotto_k_";

std::string some_token() {
  SeededRandom random;
  return std::string(make_token(kPrefix, random).reveal());
}

TEST(Token, HoldsRandomBytesBehindItsPrefix) {
  SeededRandom random;
  const Secret token = make_token(kPrefix, random);
  EXPECT_EQ(token.reveal().substr(0, kPrefix.size()), kPrefix);
  EXPECT_EQ(token.reveal().size(), 57U);
  SeededRandom again;
  EXPECT_EQ(parse_token(kPrefix, token.reveal()).value().reveal(), Key::make(again).reveal());
}

TEST(Token, IsNeverTheSameTwice) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(seen.emplace(make_token(kPrefix, random).reveal()).second);
}

TEST(Token, IsRefusedWithAnyCharacterChanged) {
  const std::string token = some_token();
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char other : std::string_view("AZaz09-_=+/ \n\0\xff", 15)) {
      std::string changed = token;
      if (changed[i] == other) continue;
      changed[i] = other;
      const auto parsed = parse_token(kPrefix, changed);
      ASSERT_FALSE(parsed) << i;
      EXPECT_EQ(parsed.error().reason(), "crypto.token_malformed");
    }
  }
}

TEST(Token, IsRefusedWithTwoCharactersSwapped) {
  const std::string token = some_token();
  for (std::size_t i = 1; i < token.size(); ++i) {
    std::string changed = token;
    std::swap(changed[i - 1], changed[i]);
    if (changed == token) continue;
    EXPECT_FALSE(parse_token(kPrefix, changed)) << i;
  }
}

TEST(Token, IsRefusedInAnyOtherSize) {
  const std::string token = some_token();
  for (std::size_t size = 0; size < token.size(); ++size)
    EXPECT_FALSE(parse_token(kPrefix, std::string_view(token).substr(0, size))) << size;
  EXPECT_FALSE(parse_token(kPrefix, token + "A"));
  EXPECT_FALSE(parse_token(kPrefix, std::string(1'000'000, 'A')));
}

TEST(Token, IsRefusedAsOneOfAnotherKind) {
  const std::string token = some_token();
  EXPECT_FALSE(parse_token("sotto_s_", token));
  EXPECT_FALSE(parse_token("sotto_s_", "sotto_s_" + token.substr(kPrefix.size())));
}

TEST(Token, IsRefusedWithoutRepeatingIt) {
  const std::string token = some_token() + "x";
  EXPECT_EQ(parse_token(kPrefix, token).error().describe().find(token.substr(8, 8)),
            std::string::npos);
}

TEST(Token, IsStoredUnderAKey) {
  SystemRandom random;
  const Key key = Key::make(random);
  const Key other = Key::make(random);
  const std::string token = some_token();
  EXPECT_EQ(to_hex(hash_token(key, token)), to_hex(hash_token(key, token)));
  EXPECT_NE(to_hex(hash_token(key, token)), to_hex(hash_token(other, token)));
}

}  // namespace
}  // namespace sotto::crypto
