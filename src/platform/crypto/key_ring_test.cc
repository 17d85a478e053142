#include "platform/crypto/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "platform/crypto/hex.h"
#include "platform/crypto/testing/memory_stream.h"

namespace sotto::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The key that follows from a seed: the same again for the same one.
Key key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return Key::make(random);
}

KeyRing ring_of(std::uint64_t current) { return KeyRing(key_of(current)); }

KeyRing ring_of(std::uint64_t current, std::uint64_t old) {
  std::vector<Key> keys;
  keys.push_back(key_of(old));
  return KeyRing(key_of(current), std::move(keys));
}

class KeyRings : public testing::Test {
 protected:
  SystemRandom random_;
  const Key file_key_ = key_of(100);
};

TEST_F(KeyRings, UnwrapWhatTheyWrapped) {
  const KeyRing ring = ring_of(1);
  const std::string wrapped = ring.wrap(file_key_, "recording 7", random_);
  EXPECT_EQ(wrapped.size(), 81U);
  EXPECT_EQ(ring.unwrap(wrapped, "recording 7").value().reveal(), file_key_.reveal());
}

TEST_F(KeyRings, HideWhatTheyWrapped) {
  const std::string wrapped = ring_of(1).wrap(file_key_, "", random_);
  EXPECT_THAT(wrapped, Not(HasSubstr(std::string(file_key_.reveal().substr(0, 8)))));
}

TEST_F(KeyRings, NeverWrapToTheSameBytesTwice) {
  const KeyRing ring = ring_of(1);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(ring.wrap(file_key_, "", random_)).second);
}

TEST_F(KeyRings, RefuseAnyChangedBit) {
  const KeyRing ring = ring_of(1);
  const std::string wrapped = ring.wrap(file_key_, "context", random_);
  for (std::size_t i = 0; i < wrapped.size() * 8; ++i) {
    std::string changed = wrapped;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    const auto unwrapped = ring.unwrap(changed, "context");
    ASSERT_FALSE(unwrapped) << "bit " << i;
    const bool in_id = i / 8 >= 1 && i / 8 <= 8;
    EXPECT_EQ(unwrapped.error().reason(), in_id ? "crypto.key_unknown" : "crypto.sealed_damaged");
  }
}

TEST_F(KeyRings, RefuseAnotherContext) {
  const KeyRing ring = ring_of(1);
  const std::string wrapped = ring.wrap(file_key_, "recording 7", random_);
  for (const std::string_view context : {"recording 8", "recording", "recording 77", ""})
    EXPECT_EQ(ring.unwrap(wrapped, context).error().reason(), "crypto.sealed_damaged") << context;
}

TEST_F(KeyRings, RefuseWhatIsCutOffOrTooLong) {
  const KeyRing ring = ring_of(1);
  const std::string wrapped = ring.wrap(file_key_, "", random_);
  for (std::size_t size = 0; size < wrapped.size(); ++size)
    EXPECT_EQ(ring.unwrap(wrapped.substr(0, size), "").error().reason(), "crypto.sealed_damaged");
  EXPECT_FALSE(ring.unwrap(wrapped + 'x', ""));
  EXPECT_FALSE(ring.unwrap(wrapped + std::string(1'000'000, 'x'), ""));
}

TEST_F(KeyRings, RefuseASecretOfAnotherSizeAsAKey) {
  const KeyRing ring = ring_of(1);
  const std::string sealed =
      ring.seal(Secret("31 bytes are not enough for one"), "", random_).value();
  EXPECT_EQ(ring.unwrap(sealed, "").error().reason(), "crypto.sealed_damaged");
}

TEST_F(KeyRings, SealSecretsUpToTheirBound) {
  const KeyRing ring = ring_of(1);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, KeyRing::kSealMax}) {
    const std::string sealed = ring.seal(Secret(std::string(size, 's')), "c", random_).value();
    EXPECT_EQ(sealed.size(), size + 49);
    EXPECT_EQ(ring.open(sealed, "c").value().reveal(), std::string(size, 's'));
  }
  const auto above = ring.seal(Secret(std::string(KeyRing::kSealMax + 1, 's')), "c", random_);
  EXPECT_EQ(above.error().reason(), "crypto.seal_too_large");
}

TEST_F(KeyRings, NameTheMasterKeyThatIsMissing) {
  const std::string wrapped = ring_of(1).wrap(file_key_, "", random_);
  const auto unwrapped = ring_of(2).unwrap(wrapped, "");
  EXPECT_EQ(unwrapped.error().reason(), "crypto.key_unknown");
  EXPECT_THAT(unwrapped.error().message(), HasSubstr(ring_of(1).current_id().to_string()));
  EXPECT_THAT(unwrapped.error().message(), HasSubstr(ring_of(2).current_id().to_string()));
}

TEST_F(KeyRings, RotateByRewrapping) {
  const std::string before = ring_of(1).wrap(file_key_, "c", random_);
  const KeyRing both = ring_of(2, 1);
  EXPECT_EQ(both.unwrap(before, "c").value().reveal(), file_key_.reveal());
  const std::string after = both.rewrap(before, "c", random_).value();
  EXPECT_EQ(ring_of(2).unwrap(after, "c").value().reveal(), file_key_.reveal());
  EXPECT_EQ(both.rewrap(after, "c", random_).value(), after) << "a second time changes nothing";
  EXPECT_EQ(both.rewrap(before, "other", random_).error().reason(), "crypto.sealed_damaged");
  EXPECT_EQ(ring_of(3).rewrap(before, "c", random_).error().reason(), "crypto.key_unknown");
}

TEST_F(KeyRings, KeepOneOfTwoEqualKeys) { EXPECT_EQ(ring_of(1, 1).ids().size(), 1U); }

TEST_F(KeyRings, DeriveAKeyForEachPurpose) {
  const KeyRing ring = ring_of(1);
  EXPECT_EQ(ring.derive("tokens").reveal(), ring_of(1).derive("tokens").reveal());
  EXPECT_NE(ring.derive("tokens").reveal(), ring.derive("cookies").reveal());
  EXPECT_NE(ring.derive("tokens").reveal(), ring_of(2).derive("tokens").reveal());
  EXPECT_NE(ring.derive("").reveal(), key_of(1).reveal());
}

TEST_F(KeyRings, DeriveFromOldKeysToo) {
  const KeyRing both = ring_of(2, 1);
  const KeyId old = ring_of(1).current_id();
  EXPECT_EQ(both.derive("tokens", old).value().reveal(), ring_of(1).derive("tokens").reveal());
  EXPECT_EQ(ring_of(2).derive("tokens", old).error().reason(), "crypto.key_unknown");
}

TEST_F(KeyRings, KnowTheirOwnCheckValue) {
  const std::string value = ring_of(1).check_value();
  EXPECT_TRUE(ring_of(1).verify_check_value(value));
  EXPECT_TRUE(ring_of(2, 1).verify_check_value(value)) << "an old key is enough";
  EXPECT_EQ(ring_of(2).verify_check_value(value).error().reason(), "crypto.master_key_wrong");
  EXPECT_FALSE(ring_of(1).verify_check_value(""));
  EXPECT_FALSE(ring_of(1).verify_check_value(value.substr(1)));
}

// The derivations must never change: what was stored would not open any more.
TEST_F(KeyRings, DeriveTheSameForEver) {
  std::array<std::byte, Key::kSize> bytes{};
  const KeyRing ring{Key{std::span<const std::byte, Key::kSize>(bytes)}};
  EXPECT_EQ(ring.current_id().to_string(), "d10895ee704e4306");
  EXPECT_EQ(ring.check_value(), "920f431b02d7b3b38e4ef3da9b16e404");
  EXPECT_EQ(to_hex(ring.derive("tokens").bytes()),
            "2edd3f89c1c1a026834ba9b9c4da270539996d9e9e73325b9f507d6a2043d226");
  const auto wrapped = from_hex(
      "01d10895ee704e4306000102030405060708090a0b0c0d0e0f1011121314151617119889cef054eb"
      "84c9a79c7d4f219ea10b28f38764f5cc3b5177c5b1571d613b9ee0885a9bda75ead7084c6691bae2"
      "79");
  const std::string_view text(reinterpret_cast<const char*>(wrapped->data()), wrapped->size());
  EXPECT_EQ(ring.unwrap(text, "recording 7").value().reveal(), std::string(32, 'k'));
}

}  // namespace
}  // namespace sotto::crypto
