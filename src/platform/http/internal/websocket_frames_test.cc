// Frames as RFC 6455 has them, and each way to break its rules.
#include "platform/http/internal/websocket_frames.h"

#include <gtest/gtest.h>

#include "platform/http/testing/websocket_frames.h"

namespace sotto::http::internal {
namespace {

using Kind = FrameReader::Kind;
using Found = FrameReader::Found;

constexpr std::uint8_t kText = 0x01;
constexpr std::uint8_t kContinuation = 0x00;
constexpr std::uint8_t kFinalContinuation = 0x80;

/// What the reader finds last in `bytes`, fed in pieces.
Found read(std::string_view bytes, const FrameLimits& limits = {}, std::size_t piece = 1) {
  FrameReader reader(limits);
  Found found;
  while (!bytes.empty()) {
    const std::string_view fed = bytes.substr(0, piece);
    found = reader.feed(fed);
    if (found.kind == Kind::kClose || found.kind == Kind::kBroken) return found;
    if (found.consumed == 0) ADD_FAILURE() << "nothing consumed";
    bytes.remove_prefix(found.consumed);
  }
  return found;
}

TEST(FrameReader, ReadsMessagesHoweverTheyAreCut) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U}) {
    const std::string payload(size, 'a');
    const std::string frame = client_frame(kFinalText, payload);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, frame.size()}) {
      const Found found = read(frame, {}, piece);
      ASSERT_EQ(found.kind, Kind::kMessage) << size << " by " << piece;
      EXPECT_TRUE(found.is_text);
      EXPECT_EQ(found.payload, payload);
    }
  }
}

TEST(FrameReader, UnmasksFromWhereThePieceBegins) {
  const std::string frame = client_frame(kFinalBinary, "0123456789");
  FrameReader reader({});
  EXPECT_EQ(reader.feed(std::string_view(frame).substr(0, 9)).kind, Kind::kNothing);
  EXPECT_TRUE(reader.is_in_message());
  const Found found = reader.feed(std::string_view(frame).substr(9));
  EXPECT_EQ(found.payload, "0123456789");
  EXPECT_FALSE(found.is_text);
  EXPECT_FALSE(reader.is_in_message());
}

TEST(FrameReader, PutsFragmentsTogetherWithControlFramesBetweenThem) {
  FrameReader reader({});
  const std::string bytes = client_frame(kText, "Hal") + client_frame(kFinalPing, "beat") +
                            client_frame(kContinuation, "") +
                            client_frame(kFinalContinuation, "lo");
  std::string_view rest = bytes;
  Found found = reader.feed(rest);
  EXPECT_EQ(found.kind, Kind::kPing);
  EXPECT_EQ(found.payload, "beat");
  rest.remove_prefix(found.consumed);
  found = reader.feed(rest);
  EXPECT_EQ(found.kind, Kind::kMessage);
  EXPECT_EQ(found.payload, "Hallo");
  EXPECT_EQ(found.consumed, rest.size());
}

TEST(FrameReader, FindsOneThingACall) {
  FrameReader reader({});
  const std::string two = client_frame(kFinalText, "one") + client_frame(kFinalText, "two");
  const Found first = reader.feed(two);
  EXPECT_EQ(first.payload, "one");
  EXPECT_EQ(reader.feed(std::string_view(two).substr(first.consumed)).payload, "two");
}

TEST(FrameReader, RefusesWhatIsForbidden) {
  const std::string bad_utf8 = "ab\xff";
  const std::string overlong = "\xc0\xaf";
  struct Row {
    const char* what;
    std::string bytes;
    std::uint16_t code;
  };
  const std::string unmasked("\x81\x02hi", 4);
  const std::vector<Row> rows{
      {"not masked", unmasked, 1002},
      {"first reserved bit", client_frame(0xC1, "x"), 1002},
      {"second reserved bit", client_frame(0xA1, "x"), 1002},
      {"third reserved bit", client_frame(0x91, "x"), 1002},
      {"opcode 3", client_frame(0x83, "x"), 1002},
      {"opcode 7", client_frame(0x87, "x"), 1002},
      {"opcode 11", client_frame(0x8B, "x"), 1002},
      {"opcode 15", client_frame(0x8F, "x"), 1002},
      {"fragmented ping", client_frame(0x09, "x"), 1002},
      {"fragmented close", client_frame(0x08, ""), 1002},
      {"ping of 126", client_frame(kFinalPing, std::string(126, 'x')), 1002},
      {"close of 126", client_frame(kFinalClose, std::string(126, 'x')), 1002},
      {"continuation of nothing", client_frame(kFinalContinuation, "x"), 1002},
      {"message within a message", client_frame(kText, "a") + client_frame(kFinalText, "b"), 1002},
      {"16 bits for 125", client_header(kFinalText, 125, 2) + "mask", 1002},
      {"64 bits for 65535", client_header(kFinalText, 65'535, 8) + "mask", 1002},
      {"top bit of the length", client_header(kFinalText, std::uint64_t{1} << 63, 8) + "mask",
       1002},
      {"bad UTF-8", client_frame(kFinalText, bad_utf8), 1007},
      {"overlong UTF-8", client_frame(kFinalText, overlong), 1007},
      {"surrogate", client_frame(kFinalText, "\xed\xa0\x80"), 1007},
      {"character cut at the end", client_frame(kFinalText, "\xe2\x82"), 1007},
      {"character cut by the end of the last fragment",
       client_frame(kText, "\xe2") + client_frame(kFinalContinuation, "\x82"), 1007},
      {"close of one byte", client_frame(kFinalClose, "x"), 1002},
      {"reason not UTF-8", client_frame(kFinalClose, close_text(1000, bad_utf8)), 1007},
  };
  for (const Row& row : rows) {
    const Found found = read(row.bytes);
    EXPECT_EQ(found.kind, Kind::kBroken) << row.what;
    EXPECT_EQ(found.code, row.code) << row.what;
  }
}

TEST(FrameReader, TakesACharacterThatIsSpreadOverFragments) {
  const std::string bytes = client_frame(kText, "\xe2") + client_frame(kContinuation, "\x82") +
                            client_frame(kFinalContinuation, "\xac");
  EXPECT_EQ(read(bytes).payload, "\xe2\x82\xac");
}

TEST(FrameReader, RefusesABadTextBeforeItsEnd) {
  FrameReader reader({});
  EXPECT_EQ(reader
                .feed(client_frame(kText,
                                   "ab\xff"
                                   "c"))
                .kind,
            Kind::kBroken);
}

TEST(FrameReader, ChecksTheCodesOfCloses) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535})
    EXPECT_EQ(read(client_frame(kFinalClose, close_text(static_cast<std::uint16_t>(code)))).kind,
              Kind::kBroken)
        << code;
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999}) {
    const Found found =
        read(client_frame(kFinalClose, close_text(static_cast<std::uint16_t>(code), "bye")));
    EXPECT_EQ(found.kind, Kind::kClose) << code;
    EXPECT_EQ(found.code, code);
    EXPECT_EQ(found.payload, "bye");
  }
  EXPECT_EQ(read(client_frame(kFinalClose, "")).code, kCloseNoStatus);
}

TEST(FrameReader, BoundsMessages) {
  const FrameLimits limits{.message_max = 10};
  EXPECT_EQ(read(client_frame(kFinalText, std::string(9, 'x')), limits).kind, Kind::kMessage);
  EXPECT_EQ(read(client_frame(kFinalText, std::string(10, 'x')), limits).kind, Kind::kMessage);
  EXPECT_EQ(read(client_header(kFinalText, 11, 0) + "mask", limits).code, 1009);
  EXPECT_EQ(read(client_header(kFinalText, std::uint64_t{1} << 62, 8) + "mask", limits).code, 1009);
  const std::string first = client_frame(kText, "123456");
  EXPECT_EQ(read(first + client_frame(kFinalContinuation, "7890"), limits).payload, "1234567890");
  EXPECT_EQ(read(first + client_frame(kContinuation, "78901"), limits).code, 1009);
}

TEST(FrameReader, BoundsTheFramesOfAMessage) {
  const FrameLimits limits{.frame_count_max = 3};
  std::string bytes = client_frame(kText, "a") + client_frame(kContinuation, "");
  EXPECT_EQ(read(bytes + client_frame(kFinalContinuation, "b"), limits).payload, "ab");
  bytes += client_frame(kContinuation, "");
  EXPECT_EQ(read(bytes + client_frame(kFinalContinuation, "b"), limits).code, 1008);
}

TEST(FrameReader, MarksCompressedMessagesWhereThatWasAgreedOn) {
  const FrameLimits limits{.compression = true};
  const Found found = read(client_frame(kCompressedText, "\xff\xfe"), limits);
  EXPECT_EQ(found.kind, Kind::kMessage);
  EXPECT_TRUE(found.compressed);
  EXPECT_EQ(read(client_frame(kText, "a") + client_frame(0xC0, "b"), limits).code, 1002);
  EXPECT_EQ(read(client_frame(0xC9, "b"), limits).code, 1002);
}

TEST(Frames, AreWrittenInTheShortestForm) {
  const auto head = [](std::size_t size) {
    std::string frame;
    append_frame(frame, Opcode::kBinary, std::string(size, 'x'));
    return frame.substr(0, frame.size() - size);
  };
  EXPECT_EQ(head(125), "\x82\x7d");
  EXPECT_EQ(head(126), std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(head(65'535), "\x82\x7e\xff\xff");
  EXPECT_EQ(head(65'536), std::string("\x82\x7f\0\0\0\0\0\1\0\0", 10));
}

TEST(Frames, CutReasonsBetweenCharacters) {
  const std::string reason = std::string(122, 'x') + "\xc3\xa4";
  EXPECT_EQ(close_payload(1000, reason).size(), 2U + 122U);
  EXPECT_EQ(close_payload(1000, std::string(123, 'x')).size(), 125U);
  EXPECT_EQ(close_payload(kCloseNoStatus, "x"), "");
}

}  // namespace
}  // namespace sotto::http::internal
