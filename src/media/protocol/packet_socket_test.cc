#include "media/protocol/packet_socket.h"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <string_view>
#include <unistd.h>

namespace sotto::media {
namespace {

using namespace std::chrono_literals;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(PacketSocket, KeepsPacketsApart) {
  const SocketPair pair = make_socket_pair().value();
  EXPECT_EQ(send(pair.ours.get(), bytes("one"), Waiting::kNo), Transfer::kDone);
  EXPECT_EQ(send(pair.ours.get(), bytes("two!"), Waiting::kNo), Transfer::kDone);
  std::array<std::byte, 16> buffer{};
  EXPECT_EQ(receive(pair.theirs.get(), buffer, Waiting::kForever).value().bytes.size(), 3U);
  EXPECT_EQ(receive(pair.theirs.get(), buffer, Waiting::kForever).value().bytes.size(), 4U);
  EXPECT_EQ(receive(pair.theirs.get(), buffer, Waiting::kNo).value().transfer,
            Transfer::kWouldWait);
}

TEST(PacketSocket, CarriesADescriptor) {
  const SocketPair pair = make_socket_pair().value();
  const SocketPair passed = make_socket_pair().value();
  EXPECT_EQ(send(pair.ours.get(), bytes("x"), Waiting::kNo, passed.ours.get()), Transfer::kDone);
  std::array<std::byte, 16> buffer{};
  const Packet packet = receive(pair.theirs.get(), buffer, Waiting::kForever).value();
  ASSERT_TRUE(packet.descriptor);
  EXPECT_NE(::fcntl(packet.descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(send(packet.descriptor.get(), bytes("through"), Waiting::kNo), Transfer::kDone);
  EXPECT_EQ(receive(passed.theirs.get(), buffer, Waiting::kNo).value().bytes.size(), 7U);
}

TEST(PacketSocket, RefusesAPacketLongerThanItsBuffer) {
  const SocketPair pair = make_socket_pair().value();
  EXPECT_EQ(send(pair.ours.get(), bytes("too long"), Waiting::kNo), Transfer::kDone);
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(receive(pair.theirs.get(), buffer, Waiting::kNo).error().reason(),
            "media.protocol_violation");
}

TEST(PacketSocket, TellsThatThePeerHasGone) {
  SocketPair pair = make_socket_pair().value();
  pair.theirs.reset();
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(receive(pair.ours.get(), buffer, Waiting::kForever).value().transfer,
            Transfer::kClosed);
  EXPECT_EQ(send(pair.ours.get(), bytes("x"), Waiting::kForever), Transfer::kClosed);
}

TEST(PacketSocket, AFullSocketWouldWait) {
  const SocketPair pair = make_socket_pair().value();
  const std::array<std::byte, 1024> packet{};
  Transfer sent = Transfer::kDone;
  for (int i = 0; i < 100'000 && sent == Transfer::kDone; ++i)
    sent = send(pair.ours.get(), packet, Waiting::kNo);
  EXPECT_EQ(sent, Transfer::kWouldWait);
}

TEST(PacketSocket, WaitingEndsWithItsContextOrItsTime) {
  const SocketPair pair = make_socket_pair().value();
  EXPECT_EQ(wait_for(CallContext::with_timeout(1ms), pair.ours.get(), POLLIN, 1h).error().code(),
            ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(wait_for(CallContext::with_timeout(1h), pair.ours.get(), POLLIN, 1ms).value());
  EXPECT_TRUE(wait_for(CallContext::with_timeout(1h), pair.ours.get(), POLLOUT, 1h).value());
}

}  // namespace
}  // namespace sotto::media
