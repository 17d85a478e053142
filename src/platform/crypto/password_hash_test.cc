#include "platform/crypto/password_hash.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "base/testing/fake_clock.h"
#include "platform/crypto/internal/argon2_text.h"
#include "platform/crypto/internal/slots.h"

namespace sotto::crypto {
namespace {

using std::chrono::milliseconds;
using testing::StartsWith;

/// The least, so that the tests take milliseconds.
constexpr PasswordHashOptions kCheap{.memory = std::uint64_t{8} << 20, .passes = 1};

CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

std::unique_ptr<PasswordHasher> hasher_of(const PasswordHashOptions& options) {
  return std::move(PasswordHasher::create(options)).value();
}

struct Reference {
  const char* name;
  std::string_view password, encoded;
};

// The argon2id v=19 cases of the reference implementation (phc-winner-argon2, src/test.c).
constexpr std::array kReferences{
    Reference{
        "TwoPasses64Mib", "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
    Reference{
        "TwoPasses256Kib", "password",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
    Reference{
        "TwoLanes", "password",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
};

class Argon2References : public testing::TestWithParam<Reference> {};

TEST_P(Argon2References, Match) {
  const auto verdict = hasher_of(kCheap)->verify(soon(), Secret(std::string(GetParam().password)),
                                                 GetParam().encoded);
  ASSERT_TRUE(verdict) << verdict.error().describe();
  EXPECT_TRUE(verdict->matches);
  EXPECT_FALSE(hasher_of(kCheap)->verify(soon(), Secret("Password"), GetParam().encoded)->matches);
}

INSTANTIATE_TEST_SUITE_P(Published, Argon2References, testing::ValuesIn(kReferences),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(PasswordHasher, NamesItsParameters) {
  const auto hasher = hasher_of({.memory = std::uint64_t{9} << 20, .passes = 2});
  EXPECT_THAT(hasher->hash(soon(), Secret("open sesame")).value(),
              StartsWith("$argon2id$v=19$m=9216,t=2,p=1$"));
}

TEST(PasswordHasher, SaltsEveryHash) {
  const auto hasher = hasher_of(kCheap);
  EXPECT_NE(hasher->hash(soon(), Secret("a")).value(), hasher->hash(soon(), Secret("a")).value());
}

TEST(PasswordHasher, TakesAnyBytesForAPassword) {
  const auto hasher = hasher_of(kCheap);
  const std::string nul("pass\0word", 9);
  const std::string encoded = hasher->hash(soon(), Secret(nul)).value();
  EXPECT_TRUE(hasher->verify(soon(), Secret(nul), encoded)->matches);
  EXPECT_FALSE(hasher->verify(soon(), Secret("pass"), encoded)->matches) << "cut at the NUL";
  EXPECT_FALSE(hasher->verify(soon(), Secret(std::string("pass\0worm", 9)), encoded)->matches);
  const std::string empty = hasher->hash(soon(), Secret("")).value();
  EXPECT_TRUE(hasher->verify(soon(), Secret(), empty)->matches);
  EXPECT_FALSE(hasher->verify(soon(), Secret(std::string(1, '\0')), empty)->matches);
}

TEST(PasswordHasher, BoundsTheSizeOfPasswords) {
  const auto hasher = hasher_of(kCheap);
  const std::string longest(kPasswordSizeMax, 'p');
  const std::string encoded = hasher->hash(soon(), Secret(longest)).value();
  EXPECT_TRUE(hasher->verify(soon(), Secret(longest), encoded)->matches);
  EXPECT_FALSE(hasher->verify(soon(), Secret(longest + 'p'), encoded)->matches);
  EXPECT_EQ(hasher->hash(soon(), Secret(longest + 'p')).error().reason(),
            "crypto.password_too_long");
}

TEST(PasswordHasher, SaysWhenAHashIsTooCheap) {
  const auto cheap = hasher_of(kCheap);
  const auto more_passes = hasher_of({.memory = kCheap.memory, .passes = 2});
  const auto more_memory = hasher_of({.memory = kCheap.memory * 2, .passes = 1});
  const Secret password("p");
  const std::string encoded = cheap->hash(soon(), password).value();
  EXPECT_FALSE(cheap->verify(soon(), password, encoded)->rehash_due);
  EXPECT_TRUE(more_passes->verify(soon(), password, encoded)->rehash_due);
  EXPECT_TRUE(more_memory->verify(soon(), password, encoded)->rehash_due);
  EXPECT_FALSE(more_passes->verify(soon(), Secret("q"), encoded)->rehash_due)
      << "of a wrong password there is nothing to hash";
  EXPECT_FALSE(
      cheap->verify(soon(), password, more_passes->hash(soon(), password).value())->rehash_due)
      << "dearer is good enough";
}

TEST(PasswordHasher, RefusesStoredTextsThatAreNoHashes) {
  const auto hasher = hasher_of(kCheap);
  const std::string good = hasher->hash(soon(), Secret("p")).value();
  for (const std::string& encoded : {
           std::string(),
           std::string("p"),
           std::string("$argon2id$"),
           "x" + good,
           good + "!",
           good.substr(0, good.size() - 1) + "!",
           good.substr(0, good.rfind('$')),
           good + std::string(200, 'A'),
           good + std::string("\0x", 2),
           std::string(1'000'000, '$'),
           std::string("$argon2i$v=19$m=8192,t=3,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuA"),
           std::string("$argon2id$v=16$m=8192,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuA"),
           std::string("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"),
       }) {
    const auto verdict = hasher->verify(soon(), Secret("p"), encoded);
    ASSERT_FALSE(verdict) << encoded.substr(0, 150);
    EXPECT_EQ(verdict.error().reason(), "crypto.password_hash_malformed");
  }
}

// A planted hash would otherwise take gigabytes or hours.
TEST(PasswordHasher, RefusesAStoredHashThatCostsTooMuch) {
  const auto hasher = hasher_of(kCheap);
  for (const std::string cost :
       {"m=1048577,t=1,p=1", "m=4294967295,t=1,p=1", "m=8192,t=65,p=1", "m=8192,t=4294967295,p=1",
        "m=8192,t=1,p=17", "m=99999999999999999999,t=1,p=1", "m=-1,t=1,p=1"}) {
    const auto verdict = hasher->verify(
        soon(), Secret("p"),
        "$argon2id$v=19$" + cost + "$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc");
    ASSERT_FALSE(verdict) << cost;
    EXPECT_EQ(verdict.error().reason(), "crypto.password_hash_malformed");
  }
}

TEST(PasswordHasher, BoundsItsOptions) {
  constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
  EXPECT_TRUE(PasswordHasher::create({.memory = 8 * kMib, .passes = 1}));
  EXPECT_TRUE(PasswordHasher::create({.memory = 1024 * kMib, .passes = 64}));
  for (const PasswordHashOptions& options :
       {PasswordHashOptions{.memory = 8 * kMib - 1}, PasswordHashOptions{.memory = 1024 * kMib + 1},
        PasswordHashOptions{.passes = 0}, PasswordHashOptions{.passes = 65},
        PasswordHashOptions{.concurrent_max = 0}})
    EXPECT_EQ(PasswordHasher::create(options).error().reason(), "crypto.password_options");
}

TEST(PasswordHasher, EndsAtItsDeadline) {
  const auto hasher = hasher_of(kCheap);
  const CallContext late(CallContext::TimePoint::min(), {});
  EXPECT_EQ(hasher->hash(late, Secret("p")).error().reason(), "base.deadline_exceeded");
}

TEST(PasswordHasher, SaysThatMemoryIsMissing) {
  // The limit is a little above what the process has, so that only the hash's own memory fails.
  const auto hasher = hasher_of({.memory = std::uint64_t{1} << 30, .passes = 1});
  const std::string encoded =
      "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &old), 0);
  rlimit tight = old;
  tight.rlim_cur = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + (256U << 20);
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &tight), 0);
  const auto hash = hasher->hash(soon(), Secret("p"));
  const auto verdict = hasher->verify(soon(), Secret("p"), encoded);
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &old), 0);
  EXPECT_EQ(hash.error().reason(), "crypto.out_of_memory");
  EXPECT_EQ(verdict.error().reason(), "crypto.out_of_memory");
}

TEST(Slots, LetSoManyIn) {
  internal::Slots slots(2);
  ASSERT_TRUE(slots.take(soon()));
  ASSERT_TRUE(slots.take(soon()));
  EXPECT_EQ(slots.take(CallContext::with_timeout(milliseconds(1))).error().reason(),
            "base.deadline_exceeded");
  slots.give_back();
  EXPECT_TRUE(slots.take(soon()));
}

/// A clock that advances by the same time whenever it is asked.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(milliseconds step) : step_(step) {}
  WallTime now() const override { return {}; }
  std::chrono::steady_clock::time_point steady_now() const override { return now_ += step_; }

 private:
  const milliseconds step_;
  mutable std::chrono::steady_clock::time_point now_;
};

TEST(PasswordHasher, IsCalibratedToATime) {
  const auto passes = [](milliseconds pass, milliseconds target) {
    return PasswordHasher::calibrate(soon(), SteppingClock(pass), target, kCheap)->passes;
  };
  EXPECT_EQ(passes(milliseconds(50), milliseconds(250)), 5U);
  EXPECT_EQ(passes(milliseconds(50), milliseconds(249)), 4U);
  EXPECT_EQ(passes(milliseconds(1'000), milliseconds(250)), 2U) << "a slow machine";
  EXPECT_EQ(passes(milliseconds(0), milliseconds(250)), 64U) << "a clock that stands still";
  const auto bad = PasswordHasher::calibrate(soon(), FakeClock(), milliseconds(1), {.memory = 1});
  EXPECT_EQ(bad.error().reason(), "crypto.password_options");
}

TEST(Argon2Text, IsReadForItsCost) {
  const auto cost = internal::parse_argon2_cost("$argon2id$v=19$m=65536,t=3,p=1$salt$hash");
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->memory_kib, 65536U);
  EXPECT_EQ(cost->passes, 3U);
  EXPECT_EQ(cost->lanes, 1U);
}

}  // namespace
}  // namespace sotto::crypto
