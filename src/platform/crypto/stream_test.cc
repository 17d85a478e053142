#include "platform/crypto/stream.h"

#include <gtest/gtest.h>
#include <string>

#include "platform/crypto/hex.h"
#include "platform/crypto/sha256.h"
#include "platform/crypto/testing/memory_stream.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t kChunk = kStreamChunkSize;

CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

/// Bytes 0, 1, 2, ...: a key, and with it a prefix, that the golden streams below were made with.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  }
};

Key counting_key() {
  CountingRandom random;
  return Key::make(random);
}

std::string hex_of(std::string_view text) { return to_hex(std::as_bytes(std::span(text))); }

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 % 251);
  return text;
}

std::string sealed(std::string_view plain, std::size_t piece_size,
                   const std::string& context = {}) {
  MemoryStream sink;
  CountingRandom random;
  auto writer = StreamWriter::create(soon(), counting_key(), random, sink, {.context = context});
  EXPECT_TRUE(writer);
  for (std::size_t at = 0; at < plain.size(); at += piece_size)
    EXPECT_TRUE((*writer)->append(soon(), std::as_bytes(std::span(plain.substr(at, piece_size)))));
  EXPECT_TRUE((*writer)->finish(soon()));
  return sink.bytes;
}

std::string read(StreamReader& reader, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  const auto count = reader.read(soon(), offset, std::as_writable_bytes(std::span(text)));
  EXPECT_TRUE(count);
  text.resize(count.value_or(0U));
  return text;
}

std::string opened(std::string bytes, const std::string& context = {}) {
  MemoryStream source(std::move(bytes));
  const auto reader = StreamReader::open(soon(), counting_key(), source, {.context = context});
  EXPECT_TRUE(reader);
  return reader ? read(**reader, 0, source.bytes.size()) : std::string();
}

// The expected bytes come from another implementation: Python's cryptography, by the README alone.
TEST(Stream, IsTheFormatOfTheReadme) {
  EXPECT_EQ(hex_of(sealed("", 1)),
            "534f54544f454e4301000102030405065c936ca7f3324cb9e1664ba424496ccc");
  EXPECT_EQ(hex_of(sealed("hello", 2, "ctx")),
            "534f54544f454e4301000102030405061d13d932e84325b629531e49c34e9b7cbf78f312fa");
  EXPECT_EQ(to_hex(sha256(sealed(pattern(200'000), 1000, "ctx"))),
            "f86878ce2aab7c15acf52c7c67c05875052d8e2a03eaf8e1d5c29b591fd4688d");
}

class StreamSizes : public testing::TestWithParam<std::size_t> {};

TEST_P(StreamSizes, GoThereAndBack) {
  const std::string plain = pattern(GetParam());
  const std::string bytes = sealed(plain, kChunk);
  EXPECT_EQ(bytes.size(), stream_sealed_size(plain.size()));
  EXPECT_EQ(stream_plain_size(bytes.size()), plain.size());
  EXPECT_TRUE(opened(bytes) == plain);
}

TEST_P(StreamSizes, DoNotDependOnThePiecesTheyCameIn) {
  const std::string plain = pattern(GetParam());
  const std::string whole = sealed(plain, plain.size() + 1);
  for (const std::size_t piece : {std::size_t{997}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk})
    EXPECT_TRUE(sealed(plain, piece) == whole) << piece;
}

INSTANTIATE_TEST_SUITE_P(AroundBorders, StreamSizes,
                         testing::Values(0, 1, 15, 16, 17, kChunk - 1, kChunk, kChunk + 1,
                                         2 * kChunk - 1, 2 * kChunk, 2 * kChunk + 1,
                                         3 * kChunk + 12345));

TEST(Stream, IsReadFromAnyPlace) {
  const std::string plain = pattern(3 * kChunk + 100);
  MemoryStream source(sealed(plain, kChunk));
  const auto reader = StreamReader::open(soon(), counting_key(), source);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->size(), plain.size());
  // Backwards and across borders, in an order that no cache of chunks could guess.
  for (const std::uint64_t offset :
       {3 * kChunk + 50, 2 * kChunk - 1, kChunk, std::size_t{0}, kChunk - 1, 3 * kChunk - 5}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{10}, kChunk, 2 * kChunk + 7})
      EXPECT_TRUE(read(**reader, offset, size) == plain.substr(offset, size))
          << offset << " " << size;
  }
}

TEST(Stream, GivesNothingBehindItsEnd) {
  MemoryStream source(sealed(pattern(1000), 1000));
  const auto reader = StreamReader::open(soon(), counting_key(), source);
  EXPECT_EQ(read(**reader, 999, 10).size(), 1U);
  EXPECT_EQ(read(**reader, 1000, 10), "");
  EXPECT_EQ(read(**reader, std::numeric_limits<std::uint64_t>::max(), 10), "");
  EXPECT_EQ(read(**reader, 0, 0), "");
}

TEST(Stream, KnowsItsSizesAtTheirBounds) {
  EXPECT_EQ(stream_sealed_size(0), 32U);
  EXPECT_EQ(stream_sealed_size(kStreamPlainMax),
            kStreamPlainMax + kStreamHeaderSize + (kStreamTagSize << 32));
  EXPECT_EQ(stream_sealed_size(kStreamPlainMax + 1), std::nullopt);
  EXPECT_EQ(stream_sealed_size(std::numeric_limits<std::uint64_t>::max()), std::nullopt);
  EXPECT_EQ(stream_plain_size(*stream_sealed_size(kStreamPlainMax)), kStreamPlainMax);
  EXPECT_EQ(stream_plain_size(*stream_sealed_size(kStreamPlainMax) + 17), std::nullopt);
  EXPECT_EQ(stream_plain_size(std::numeric_limits<std::uint64_t>::max()), std::nullopt);
  for (std::uint64_t size = 0; size < 32; ++size)
    EXPECT_EQ(stream_plain_size(size), std::nullopt) << size;
}

TEST(Stream, HasNoSizeBetweenTwoChunks) {
  const std::uint64_t full = *stream_sealed_size(kChunk);
  for (std::uint64_t more = 1; more <= kStreamTagSize; ++more)
    EXPECT_EQ(stream_plain_size(full + more), std::nullopt) << more;
  EXPECT_EQ(stream_plain_size(full + kStreamTagSize + 1), kChunk + 1);
}

TEST(Stream, StopsAtItsBound) {
  MemoryStream sink;
  CountingRandom random;
  const auto writer =
      StreamWriter::create(soon(), counting_key(), random, sink, {.plain_max = 100});
  const std::string piece(60, 'x');
  const auto bytes = std::as_bytes(std::span(piece));
  ASSERT_TRUE((*writer)->append(soon(), bytes));
  EXPECT_EQ((*writer)->append(soon(), bytes).error().reason(), "crypto.stream_too_large");
  EXPECT_TRUE((*writer)->append(soon(), bytes.first(40))) << "exactly full";
  EXPECT_FALSE((*writer)->append(soon(), bytes.first(1)));
  ASSERT_TRUE((*writer)->finish(soon()));
  EXPECT_EQ((*writer)->plain_size(), 100U);
  EXPECT_EQ(opened(sink.bytes), std::string(100, 'x'));
}

TEST(Stream, WritesNothingMoreAfterAFailedWrite) {
  MemoryStream sink;
  sink.room = kChunk;
  CountingRandom random;
  const auto writer = StreamWriter::create(soon(), counting_key(), random, sink);
  const std::string plain = pattern(2 * kChunk);
  const auto bytes = std::as_bytes(std::span(plain));
  EXPECT_EQ((*writer)->append(soon(), bytes).error().reason(), "runtime.disk_full");
  sink.room.reset();
  // Trying again with other bytes would use a nonce twice.
  EXPECT_EQ((*writer)->append(soon(), bytes).error().reason(), "runtime.disk_full");
  EXPECT_EQ((*writer)->finish(soon()).error().reason(), "runtime.disk_full");
  EXPECT_EQ(sink.bytes.size(), kStreamHeaderSize);
}

TEST(Stream, FailsToBeginWhereTheSinkDoes) {
  MemoryStream sink;
  sink.room = kStreamHeaderSize - 1;
  CountingRandom random;
  EXPECT_EQ(StreamWriter::create(soon(), counting_key(), random, sink).error().reason(),
            "runtime.disk_full");
}

TEST(Stream, PassesItsContextToTheSource) {
  MemoryStream source(sealed("hello", 5));
  const CallContext late(CallContext::TimePoint::min(), {});
  EXPECT_EQ(StreamReader::open(late, counting_key(), source).error().reason(),
            "base.deadline_exceeded");
}

TEST(Stream, HidesItsPlainText) {
  const std::string plain(10'000, 'A');
  EXPECT_EQ(sealed(plain, 1000).find("AAAA"), std::string::npos);
}

}  // namespace
}  // namespace sotto::crypto
