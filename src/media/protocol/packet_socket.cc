#include "media/protocol/packet_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

#include "platform/runtime/system_error.h"

namespace sotto::media {
namespace {

using runtime::UniqueFd;

constexpr std::chrono::milliseconds kPollMax{50};  // How late a requested stop may be noticed.

/// Room for the one descriptor that may travel with a packet, aligned as the kernel wants it.
union ControlBuffer {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

UniqueFd descriptor_of(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return UniqueFd(fd);
  }
  return {};
}

}  // namespace

Result<SocketPair> make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return runtime::system_error(errno, "talk to the media decoder");
  return SocketPair{.ours = UniqueFd(ends[0]), .theirs = UniqueFd(ends[1])};
}

Result<Packet> receive(int socket, std::span<std::byte> buffer, Waiting waiting) {
  ControlBuffer control{};
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  for (;;) {
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const int flags = MSG_CMSG_CLOEXEC | (waiting == Waiting::kNo ? MSG_DONTWAIT : 0);
    const ssize_t count = ::recvmsg(socket, &message, flags);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return Packet{.transfer = Transfer::kWouldWait};
    if (count <= 0) return Packet{.transfer = Transfer::kClosed};
    Packet packet{.transfer = Transfer::kDone,
                  .bytes = buffer.first(static_cast<std::size_t>(count)),
                  .descriptor = descriptor_of(message)};
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
      return Error(ErrorCode::kInternal, "media.protocol_violation",
                   "The media decoder and Sotto did not understand each other.")
          .with_detail("a packet that is too long");
    return packet;
  }
}

Transfer send(int socket, std::span<const std::byte> packet, Waiting waiting, int descriptor) {
  ControlBuffer control{};
  // iovec serves reading too, so its pointer is to mutable bytes; sendmsg(2) only reads them.
  iovec part{.iov_base = const_cast<std::byte*>(packet.data()),  // NOLINT(*-const-cast): see above
             .iov_len = packet.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  }
  const int flags = MSG_NOSIGNAL | (waiting == Waiting::kNo ? MSG_DONTWAIT : 0);
  for (;;) {
    if (::sendmsg(socket, &message, flags) >= 0) return Transfer::kDone;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? Transfer::kWouldWait : Transfer::kClosed;
  }
}

Result<bool> wait_for(const CallContext& context, int socket, short events,
                      std::chrono::milliseconds at_most) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    SOTTO_TRY(context.check());
    pollfd event{.fd = socket, .events = events, .revents = 0};
    const auto slice = std::min(context.remaining(kPollMax), at_most);
    const int ready = ::poll(&event, 1, static_cast<int>(slice.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR)
      return runtime::system_error(errno, "wait for the media decoder");
    if (std::chrono::steady_clock::now() - start >= at_most) return false;
  }
}

}  // namespace sotto::media
