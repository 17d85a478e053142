#include "platform/http/chunked.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::http {
namespace {

/// The body out of `bytes` fed in pieces of `size`; "refused" or "incomplete" where there is none.
std::string decode(std::string_view bytes, std::size_t size, std::size_t* used = nullptr) {
  ChunkedDecoder decoder;
  std::string body;
  std::size_t at = 0;
  while (at < bytes.size() && !decoder.done()) {
    const auto step = decoder.feed(bytes.substr(at, size));
    if (!step) {
      EXPECT_EQ(step.error().reason(), "http.bad_chunk");
      return "refused";
    }
    body.append(step->data);
    at += step->consumed;
  }
  if (used != nullptr) *used = at;
  return decoder.done() ? body : "incomplete";
}

TEST(ChunkedBodies, AreDecodedHoweverTheyCome) {
  const std::string bytes = "3\r\nabc\r\n00a\r\n0123456789\r\nF\r\nfifteen letters\r\n0\r\n\r\n";
  for (std::size_t size = 1; size <= bytes.size(); ++size)
    EXPECT_EQ(decode(bytes, size), "abc0123456789fifteen letters") << size;
}

TEST(ChunkedBodies, EndBeforeTheNextRequest) {
  std::size_t used = 0;
  EXPECT_EQ(decode("1\r\na\r\n0\r\n\r\nGET /", 100, &used), "a");
  EXPECT_EQ(used, 11U);
}

TEST(ChunkedBodies, AreIncompleteWithoutTheirEnd) {
  for (const char* bytes : {"", "3", "3\r\nab", "3\r\nabc\r\n", "0\r\n", "0\r\n\r"})
    EXPECT_EQ(decode(bytes, 100), "incomplete") << bytes;
}

TEST(ChunkedBodies, AreRefusedWhereTheyAreNotPlain) {
  for (const char* bytes : {"\r\n", "3;name=value\r\nabc\r\n0\r\n\r\n", "3 \r\nabc", " 3\r\nabc",
                            "0x3\r\nabc", "-1\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n",
                            "3\r\nabc\n0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "0\r\n\n", "g\r\n"})
    EXPECT_EQ(decode(bytes, 100), "refused") << bytes;
}

TEST(ChunkedBodies, BoundTheDigitsOfASize) {
  EXPECT_EQ(decode("00000000000001\r\na\r\n0\r\n\r\n", 100), "a");
  EXPECT_EQ(decode("000000000000001\r\na\r\n0\r\n\r\n", 100), "a");
  EXPECT_EQ(decode("0000000000000001\r\na\r\n0\r\n\r\n", 100), "refused");
}

}  // namespace
}  // namespace sotto::http
