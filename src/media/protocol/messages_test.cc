#include "media/protocol/messages.h"

#include <gtest/gtest.h>

namespace sotto::media {
namespace {

template <typename Any, typename Decode>
void expect_round_trip(const std::vector<Any>& messages, Decode decode) {
  for (const Any& message : messages) {
    const std::vector<std::byte> packet = encode(message);
    const auto decoded = decode(packet);
    ASSERT_TRUE(decoded) << "kind " << message.index();
    EXPECT_EQ(*decoded, message) << "kind " << message.index();
  }
}

/// No shorter and no longer packet may be taken for the message.
template <typename Any, typename Decode>
void expect_exact(const std::vector<Any>& messages, Decode decode) {
  for (const Any& message : messages) {
    std::vector<std::byte> packet = encode(message);
    for (std::size_t size = 0; size < packet.size(); ++size)
      EXPECT_FALSE(decode(std::span(packet).first(size))) << message.index() << " at " << size;
    packet.push_back(std::byte{0});
    const auto decoded = decode(packet);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason(), "media.protocol_violation");
  }
}

const std::vector<ToServer> kToServer = {StartJob{.job = 7}, KillJob{.job = ~0ULL}};
const std::vector<FromServer> kFromServer = {
    Hello{}, JobEnded{.job = 3, .by_signal = true, .value = 9}, JobEnded{.job = 4, .value = -1}};
const std::vector<ToChild> kToChild = {
    Open{.size = 12, .seekable = true, .mode = ChannelMode::kPick, .channel = 3},
    Open{.probe_only = true, .mode = ChannelMode::kEach, .extension = "gsm"},
    Data{.bytes = {std::byte{1}, std::byte{255}}}, Data{}, Seekable{.size = 1ULL << 40}};
const std::vector<FromChild> kFromChild = {
    Read{.offset = 1ULL << 50, .length = 65536},
    NeedSeek{},
    Info{.container = "mp3",
         .codec = "mp3",
         .sample_rate = 44100,
         .channels = 2,
         .output_channels = 1,
         .start_ms = -5,
         .duration_ms = 10},
    Pcm{.bytes = std::vector<std::byte>(8)},
    Done{.truncated = true,
         .damaged_frame_count = 1,
         .non_finite_count = 2,
         .clock_restart_count = 3},
    Failed{.kind = FailureKind::kGapTooLong, .message = "message", .detail = "detail"}};

TEST(Messages, WhatIsEncodedDecodesTheSame) {
  expect_round_trip(kToServer, decode_to_server);
  expect_round_trip(kFromServer, decode_from_server);
  expect_round_trip(kToChild, decode_to_child);
  expect_round_trip(kFromChild, decode_from_child);
}

TEST(Messages, PacketsCutShortOrTooLongAreRefused) {
  expect_exact(kToServer, decode_to_server);
  expect_exact(kFromServer, decode_from_server);
  expect_exact(kToChild, decode_to_child);
  expect_exact(kFromChild, decode_from_child);
}

TEST(Messages, MessagesForAnotherReceiverAreRefused) {
  EXPECT_FALSE(decode_to_server(encode(FromServer(Hello{}))));
  EXPECT_FALSE(decode_from_server(encode(ToServer(StartJob{}))));
  EXPECT_FALSE(decode_to_child(encode(FromChild(NeedSeek{}))));
  EXPECT_FALSE(decode_from_child(encode(ToChild(Data{}))));
}

TEST(Messages, NumbersOutsideTheirRangeAreRefused) {
  const std::vector<FromChild> bad = {
      Read{.offset = 0, .length = 0},
      Read{.offset = 0, .length = kPayloadMax + 1},
      Read{.offset = ~0ULL, .length = 1},
      Info{.sample_rate = 16000, .channels = kChannelsMax + 1, .output_channels = 1},
      Info{.sample_rate = 16000, .channels = 1, .output_channels = 0},
      Info{.sample_rate = 0, .channels = 1, .output_channels = 1},
      Pcm{.bytes = std::vector<std::byte>(7)},
      Pcm{},
      Failed{.kind = FailureKind{kFailureKindCount}},
  };
  for (std::size_t i = 0; i < bad.size(); ++i)
    EXPECT_FALSE(decode_from_child(encode(bad[i]))) << "row " << i;
}

TEST(Messages, TextsAreCutBySenders) {
  const std::vector<std::byte> packet =
      encode(FromChild(Failed{.message = std::string(9999, 'x')}));
  const auto decoded = decode_from_child(packet);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Failed>(*decoded).message.size(), kTextMax);
}

TEST(Messages, TheLargestFitIntoTheReceiversBuffer) {
  const std::string text(kTextMax, 'x');
  EXPECT_LE(encode(FromChild(Pcm{.bytes = std::vector<std::byte>(kPayloadMax)})).size(),
            kPacketMax);
  EXPECT_LE(encode(FromChild(Failed{.message = text, .detail = text})).size(), kPacketMax);
}

}  // namespace
}  // namespace sotto::media
