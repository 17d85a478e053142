#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/context.h"
#include "platform/runtime/unique_fd.h"

/// Packets over SOCK_SEQPACKET, for both ends. The helper's side may wait for ever (it has nothing
/// else to do, and ends when its peer does); the caller's side never waits without a context.
namespace sotto::media {

struct SocketPair {
  runtime::UniqueFd ours;
  runtime::UniqueFd theirs;
};

/// A connected pair of packet sockets, both close-on-exec.
Result<SocketPair> make_socket_pair();

/// What came of one attempt to send or receive.
enum class Transfer : std::uint8_t {
  kDone,
  kWouldWait,  ///< Only under Waiting::kNo.
  kClosed,     ///< The peer has gone.
};

struct Packet {
  Transfer transfer = Transfer::kClosed;
  std::span<const std::byte> bytes;  ///< Within the buffer that was given.
  runtime::UniqueFd descriptor;      ///< One that came with the packet.
};

enum class Waiting : std::uint8_t { kNo, kForever };

/// Receives one packet into `buffer`. A packet longer than the buffer is
/// "media.protocol_violation"; an error of the socket counts as the peer having gone.
Result<Packet> receive(int socket, std::span<std::byte> buffer, Waiting waiting);

/// Sends one packet, with a descriptor where `descriptor` is not -1.
Transfer send(int socket, std::span<const std::byte> packet, Waiting waiting, int descriptor = -1);

/// Waits until `socket` can be read (or, for `events` POLLOUT, written) or its peer has gone; false
/// where the wait took `at_most` without either. The context's own errors otherwise.
Result<bool> wait_for(const CallContext& context, int socket, short events,
                      std::chrono::milliseconds at_most);

}  // namespace sotto::media
