#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "speech/audio/byte_source.h"

namespace sotto::audio {

/// What every ByteSource keeps. A maker has `std::unique_ptr<ByteSource> make(std::string bytes)`
/// and lives as long as what it made.
template <typename Maker>
class ByteSourceContract : public testing::Test {
 protected:
  /// More than the first megabyte that a source remembers; each byte is its offset's thousands.
  static constexpr std::size_t kSize = 3'000'000;

  ByteSource& source() {
    if (!source_) {
      std::string bytes(kSize, '\0');
      for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<char>(expected(i));
      source_ = maker_.make(std::move(bytes));
    }
    return *source_;
  }
  static std::byte expected(std::uint64_t offset) { return static_cast<std::byte>(offset / 1'000); }

  /// Reads from `offset` until `count` bytes are there or the source ends, checking each.
  std::size_t read(std::uint64_t offset, std::size_t count) {
    std::vector<std::byte> buffer(count);
    std::size_t done = 0;
    while (done < count) {
      const auto got = source().read_at(context_, offset + done, std::span(buffer).subspan(done));
      if (!got) ADD_FAILURE() << got.error().describe();
      if (!got || *got == 0) break;
      for (std::size_t i = 0; i < *got; ++i, ++done) {
        if (buffer[done] == expected(offset + done)) continue;
        ADD_FAILURE() << "wrong byte at " << offset + done;
        return done;
      }
    }
    return done;
  }

  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
  Maker maker_;
  std::unique_ptr<ByteSource> source_;
};

TYPED_TEST_SUITE_P(ByteSourceContract);

TYPED_TEST_P(ByteSourceContract, ReadsFromFrontToBackAndEnds) {
  EXPECT_EQ(this->read(0, this->kSize + 1), this->kSize);
  std::array<std::byte, 1> one{};
  EXPECT_EQ(this->source().read_at(this->context_, this->kSize, one).value(), 0U);
  EXPECT_EQ(this->source().size(), this->kSize) << "known at the end at the latest";
}

TYPED_TEST_P(ByteSourceContract, ReadsItsFirstMegabyteAnew) {
  constexpr std::size_t kMegabyte = std::size_t{1} << 20;
  EXPECT_EQ(this->read(0, kMegabyte), kMegabyte);
  EXPECT_EQ(this->read(0, 10), 10U);
  EXPECT_EQ(this->read(500'000, 10), 10U);
  EXPECT_EQ(this->read(10, kMegabyte), kMegabyte);
}

TYPED_TEST_P(ByteSourceContract, KnowsItsSizeAndReadsAnywhereOnceSeekable) {
  ASSERT_TRUE(this->source().make_seekable(this->context_));
  ASSERT_TRUE(this->source().make_seekable(this->context_)) << "again";
  EXPECT_TRUE(this->source().seekable());
  EXPECT_EQ(this->source().size(), this->kSize);
  for (const std::uint64_t offset : {2'999'500U, 5U, 1'500'000U})
    EXPECT_EQ(this->read(offset, 500), 500U) << offset;
  std::array<std::byte, 1> one{};
  EXPECT_EQ(this->source().read_at(this->context_, this->kSize + 1'000'000, one).value(), 0U);
}

TYPED_TEST_P(ByteSourceContract, BecomesSeekableAfterAFirstLook) {
  EXPECT_EQ(this->read(0, 5'000), 5'000U);
  ASSERT_TRUE(this->source().make_seekable(this->context_));
  EXPECT_EQ(this->read(0, this->kSize + 1), this->kSize);
}

REGISTER_TYPED_TEST_SUITE_P(ByteSourceContract, ReadsFromFrontToBackAndEnds,
                            ReadsItsFirstMegabyteAnew, KnowsItsSizeAndReadsAnywhereOnceSeekable,
                            BecomesSeekableAfterAFirstLook);

}  // namespace sotto::audio
