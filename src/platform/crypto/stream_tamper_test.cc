// What an attacker with the files but without the keys can do to a stream: nothing goes unnoticed.

#include <gtest/gtest.h>
#include <string>

#include "platform/crypto/stream.h"
#include "platform/crypto/testing/memory_stream.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t kChunk = kStreamChunkSize;
constexpr std::size_t kSealed = kChunk + kStreamTagSize;
constexpr std::size_t kPlainSize = 3 * kChunk + 1000;  // Four chunks, the last one small.
constexpr std::string_view kDamaged = "crypto.stream_damaged";

CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

Key key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return Key::make(random);
}

std::string sealed(std::size_t size, std::uint64_t key_seed = 1, std::uint64_t prefix_seed = 2) {
  MemoryStream sink;
  SeededRandom random(prefix_seed);
  const auto writer =
      StreamWriter::create(soon(), key_of(key_seed), random, sink, {.context = "recording 7"});
  const std::string plain(size, 'p');
  EXPECT_TRUE((*writer)->append(soon(), std::as_bytes(std::span(plain))));
  EXPECT_TRUE((*writer)->finish(soon()));
  return sink.bytes;
}

/// Reads all; the reason of the first error, empty where every byte came as it was written.
std::string outcome(std::string bytes, std::uint64_t key_seed = 1,
                    const std::string& context = "recording 7") {
  MemoryStream source(std::move(bytes));
  const auto reader = StreamReader::open(soon(), key_of(key_seed), source, {.context = context});
  if (!reader) return reader.error().reason();
  std::string plain((*reader)->size(), '\0');
  const auto count = (*reader)->read(soon(), 0, std::as_writable_bytes(std::span(plain)));
  if (!count) return count.error().reason();
  EXPECT_EQ(plain, std::string(plain.size(), 'p')) << "wrong bytes were given out";
  return "";
}

std::string chunk(const std::string& stream, std::size_t index) {
  return stream.substr(kStreamHeaderSize + index * kSealed, kSealed);
}

std::string header(const std::string& stream) { return stream.substr(0, kStreamHeaderSize); }

TEST(StreamTampering, LeavesAnUntouchedStreamAlone) { EXPECT_EQ(outcome(sealed(kPlainSize)), ""); }

TEST(StreamTampering, IsNoticedInEveryBitOfTheHeader) {
  const std::string whole = sealed(100);
  for (std::size_t bit = 0; bit < kStreamHeaderSize * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(outcome(bytes), bit < 64   ? "crypto.stream_unknown"
                              : bit < 72 ? "crypto.stream_version"
                                         : kDamaged)
        << bit;
  }
}

TEST(StreamTampering, IsNoticedInASampleOfAllBits) {
  const std::string whole = sealed(kPlainSize);
  // A prime step meets every chunk, tags included, and all eight bits.
  for (std::size_t bit = kStreamHeaderSize * 8; bit < whole.size() * 8; bit += 14'983) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(outcome(std::move(bytes)), kDamaged) << bit;
  }
  for (std::size_t index = 0; index < 4; ++index) {
    const std::size_t end = std::min(kStreamHeaderSize + (index + 1) * kSealed, whole.size());
    for (std::size_t back = 1; back <= kStreamTagSize; ++back) {
      std::string bytes = whole;
      bytes[end - back] = static_cast<char>(bytes[end - back] ^ 0x10);
      EXPECT_EQ(outcome(std::move(bytes)), kDamaged) << "tag of chunk " << index;
    }
  }
}

TEST(StreamTampering, IsNoticedWhereChunksAreCutOff) {
  const std::string whole = sealed(kPlainSize);
  for (std::size_t kept = 0; kept < 4; ++kept)
    EXPECT_EQ(outcome(whole.substr(0, kStreamHeaderSize + kept * kSealed)), kDamaged) << kept;
}

TEST(StreamTampering, IsNoticedWhereAStreamOfFullChunksIsCutAtABorder) {
  const std::string whole = sealed(3 * kChunk);
  for (std::size_t kept = 0; kept < 3; ++kept)
    EXPECT_EQ(outcome(whole.substr(0, kStreamHeaderSize + kept * kSealed)), kDamaged) << kept;
}

TEST(StreamTampering, IsNoticedWhereChunksAreCutInside) {
  const std::string whole = sealed(kPlainSize);
  for (std::size_t index = 0; index < 4; ++index) {
    const std::size_t start = kStreamHeaderSize + index * kSealed;
    for (const std::size_t kept : {1U, 15U, 16U, 17U, 500U, 999U})
      EXPECT_EQ(outcome(whole.substr(0, start + kept)), kDamaged) << index << " " << kept;
    EXPECT_EQ(outcome(whole.substr(0, std::min(start + kSealed, whole.size()) - 1)), kDamaged);
  }
}

TEST(StreamTampering, IsNoticedWhereTheHeaderIsCut) {
  const std::string whole = sealed(0);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(outcome(whole.substr(0, size)),
              size < kStreamHeaderSize ? "crypto.stream_unknown" : kDamaged)
        << size;
}

TEST(StreamTampering, IsNoticedWhereChunksChangePlaces) {
  const std::string whole = sealed(kPlainSize);
  const std::string last = chunk(whole, 3);
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 1) + chunk(whole, 0) + chunk(whole, 2) + last),
            kDamaged);
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 0) + chunk(whole, 2) + chunk(whole, 1) + last),
            kDamaged);
}

TEST(StreamTampering, IsNoticedWhereAChunkComesTwice) {
  const std::string whole = sealed(kPlainSize);
  const std::string last = chunk(whole, 3);
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 0) + chunk(whole, 0) + chunk(whole, 2) + last),
            kDamaged)
      << "instead of another";
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 0) + chunk(whole, 0) + chunk(whole, 1) +
                    chunk(whole, 2) + last),
            kDamaged)
      << "in addition";
  EXPECT_EQ(outcome(whole + last), kDamaged) << "the last one";
}

TEST(StreamTampering, IsNoticedWhereAChunkIsLeftOut) {
  const std::string whole = sealed(kPlainSize);
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 0) + chunk(whole, 2) + chunk(whole, 3)), kDamaged);
  EXPECT_EQ(outcome(header(whole) + chunk(whole, 3)), kDamaged);
}

TEST(StreamTampering, IsNoticedWhereAMiddleChunkBecomesTheLast) {
  // A full chunk in the middle, and one at the end, differ in the flag of their nonces alone.
  const std::string longer = sealed(3 * kChunk);
  const std::string shorter = sealed(2 * kChunk);
  EXPECT_EQ(chunk(longer, 0), chunk(shorter, 0));
  EXPECT_EQ(outcome(header(longer) + chunk(longer, 0) + chunk(longer, 1)), kDamaged);
  EXPECT_EQ(outcome(header(longer) + chunk(shorter, 0) + chunk(shorter, 1) + chunk(longer, 2)),
            kDamaged);
}

TEST(StreamTampering, IsNoticedWhereAChunkComesFromAnotherFile) {
  const std::string whole = sealed(kPlainSize);
  for (const std::string& other :
       {sealed(kPlainSize, 1, 3), sealed(kPlainSize, 5, 2), sealed(kPlainSize, 5, 3)}) {
    EXPECT_EQ(outcome(header(whole) + chunk(whole, 0) + chunk(other, 1) + chunk(whole, 2) +
                      chunk(whole, 3)),
              kDamaged);
    const bool same_prefix = header(other) == header(whole);
    EXPECT_EQ(outcome(header(other) + whole.substr(kStreamHeaderSize)),
              same_prefix ? "" : kDamaged);
  }
}

TEST(StreamTampering, IsNoticedInTrailingBytes) {
  const std::string small = sealed(1000);
  const std::string full = sealed(2 * kChunk);
  for (const std::size_t more : {1U, 15U, 16U, 17U, 1000U, 70'000U}) {
    EXPECT_EQ(outcome(small + std::string(more, '\0')), kDamaged) << more;
    EXPECT_EQ(outcome(full + std::string(more, '\0')), kDamaged) << more;
  }
}

TEST(StreamTampering, IsNoticedUnderAnotherKeyOrContext) {
  const std::string whole = sealed(1000);
  EXPECT_EQ(outcome(whole, 2), kDamaged);
  EXPECT_EQ(outcome(whole, 1, "recording 8"), kDamaged);
  EXPECT_EQ(outcome(whole, 1, ""), kDamaged);
  EXPECT_EQ(outcome(whole, 1, "recording 77"), kDamaged);
}

TEST(StreamTampering, IsNoticedWhileTheStreamIsOpen) {
  MemoryStream source(sealed(kPlainSize));
  const auto reader = StreamReader::open(soon(), key_of(1), source, {.context = "recording 7"});
  ASSERT_TRUE(reader);
  std::string plain(kChunk, '\0');
  const auto into = std::as_writable_bytes(std::span(plain));
  source.bytes[kStreamHeaderSize + kSealed + 5] ^= 1;
  EXPECT_TRUE((*reader)->read(soon(), 0, into)) << "a chunk that is whole";
  EXPECT_EQ((*reader)->read(soon(), kChunk, into).error().reason(), kDamaged);
  EXPECT_TRUE((*reader)->read(soon(), 2 * kChunk, into)) << "one behind the damage";
  source.bytes.resize(kStreamHeaderSize + 10);
  EXPECT_EQ((*reader)->read(soon(), 0, into).error().reason(), kDamaged) << "cut meanwhile";
}

}  // namespace
}  // namespace sotto::crypto
