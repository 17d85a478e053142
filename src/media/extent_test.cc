#include "media/extent.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::media {
namespace {

using namespace std::string_literals;

std::optional<std::uint64_t> end_of(std::string_view container, const std::string& head) {
  return declared_end(container, std::as_bytes(std::span(head)));
}

std::string wav(const std::string& data_size) {
  return "RIFF\0\0\0\0WAVEfmt \x10\0\0\0"s + std::string(16, 'x') + "data" + data_size;
}

TEST(DeclaredEnd, WavEndsWithItsDataChunk) {
  EXPECT_EQ(end_of("wav", wav("\x10\x27\0\0"s)), 44U + 10'000);
}

TEST(DeclaredEnd, SizesThatAPipesWriterLeavesAreNotBelieved) {
  for (const std::string& size : {"\0\0\0\0"s, "\xFF\xFF\xFF\xFF"s, "\xFF\xFF\xFF\x7F"s,
                                  "\x00\xF0\xFF\x7F"s, "\xDB\xFF\xFF\xFF"s})
    EXPECT_EQ(end_of("wav", wav(size)), std::nullopt);
}

TEST(DeclaredEnd, AviEndsWithItsRiffChunk) {
  EXPECT_EQ(end_of("avi", "RIFF\x64\0\0\0AVI "s), 108U);
  EXPECT_EQ(end_of("avi", "RIFF\0\0\0\0AVI "s), std::nullopt);
}

TEST(DeclaredEnd, MatroskaEndsWithItsSegment) {
  const std::string ebml = "\x1A\x45\xDF\xA3\x82xx"s;
  EXPECT_EQ(end_of("matroska,webm", ebml + "\x18\x53\x80\x67\x41\x00"s), 13U + 256);
  EXPECT_EQ(end_of("matroska,webm", ebml + "\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s),
            std::nullopt);
}

TEST(DeclaredEnd, AsfSaysItsSize) {
  std::string head(30, 'x');
  head += "\xA1\xDC\xAB\x8C\x47\xA9\xCF\x11\x8E\xE4\x00\xC0\x0C\x20\x53\x65"s;
  head += std::string(24, '\0') + "\x39\x30\0\0\0\0\0\0"s;
  EXPECT_EQ(end_of("asf", head), 12'345U);
}

TEST(DeclaredEnd, CutAndForeignHeadsSayNothing) {
  for (const char* container : {"wav", "avi", "matroska,webm", "asf", "mp3"}) {
    EXPECT_EQ(end_of(container, ""), std::nullopt);
    EXPECT_EQ(end_of(container, "RIFF"), std::nullopt);
    EXPECT_EQ(end_of(container, std::string(100, '\xFF')), std::nullopt);
  }
}

TEST(Mp4, TellsWhereItsIndexIs) {
  const auto in_front = [](const std::string& head) {
    return has_index_in_front(std::as_bytes(std::span(head)));
  };
  const std::string type =
      "\0\0\0\x14"
      "ftypisom\0\0\0\0isom"s;
  EXPECT_TRUE(in_front(type + "\0\0\x10\0moov"s + std::string(8, 'x')));
  EXPECT_FALSE(in_front(type + "\0\0\x10\0mdat"s + std::string(8, 'x')));
  EXPECT_FALSE(in_front(type + "\0\0\x10\0free"s + std::string(8, 'x')));
  EXPECT_FALSE(in_front(type + "\0\0\0\0moof"s + std::string(8, 'x')));
  EXPECT_FALSE(in_front(""));
}

TEST(Mp4, ReadsLongAndShortBoxSizes) {
  const auto size_of = [](const std::string& head) {
    return mp4_box_size(std::as_bytes(std::span(head)));
  };
  EXPECT_EQ(size_of("\0\0\0\x20moof12345678"s), 32U);
  EXPECT_EQ(size_of("\0\0\0\x01mdat\0\0\0\x01\0\0\0\0"s), std::uint64_t{1} << 32);
  EXPECT_EQ(size_of("\0\0\0\0mdat12345678"s), std::nullopt);
  EXPECT_EQ(size_of("\0\0"s), std::nullopt);
}

}  // namespace
}  // namespace sotto::media
