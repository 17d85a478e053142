#include "platform/http/internal/listener.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "platform/runtime/system_error.h"

namespace sotto::http::internal {
namespace {

using runtime::UniqueFd;

constexpr int kBacklog = 1024;
constexpr int kAcceptsInTurn = 64;
constexpr std::chrono::milliseconds kPause{100};  // Where the process has no descriptor left.
constexpr mode_t kUnixMode = 0660;
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

Error cannot_listen(const Endpoint& endpoint, int number) {
  if (number == EADDRINUSE)
    return Error(ErrorCode::kConflict, "http.address_in_use",
                 "Another program listens on " + endpoint.to_string() + " already.");
  return Error(ErrorCode::kInvalidArgument, "http.cannot_listen",
               "Cannot listen on " + endpoint.to_string() + ": " + std::strerror(number) + '.');
}

Result<UniqueFd> listen_unix(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.unix_path.size() >= sizeof(address.sun_path))
    return cannot_listen(endpoint, ENAMETOOLONG);
  std::memcpy(address.sun_path, endpoint.unix_path.data(), endpoint.unix_path.size());
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the sockets API.
  // A socket file that nobody answers on was left by a killed server: it may go. Any other file may
  // not.
  struct stat found {};
  if (::lstat(address.sun_path, &found) == 0) {
    if (!S_ISSOCK(found.st_mode) || ::connect(probe.get(), generic, sizeof(address)) == 0)
      return cannot_listen(endpoint, EADDRINUSE);
    ::unlink(address.sun_path);
  }
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const mode_t before = ::umask(~kUnixMode & 0777);
  const int bound = ::bind(socket.get(), generic, sizeof(address));
  const int number = errno;
  ::umask(before);
  if (bound != 0) return cannot_listen(endpoint, number);
  if (::listen(socket.get(), kBacklog) != 0) return cannot_listen(endpoint, errno);
  return socket;
}

Result<UniqueFd> listen_tcp(Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  if (::getaddrinfo(endpoint.address.c_str(), port.c_str(), &hints, &found) != 0)
    return cannot_listen(endpoint, EADDRNOTAVAIL);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return cannot_listen(endpoint, errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Inherited by what is accepted: answers are written whole, so nothing gains from waiting.
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (found->ai_family == AF_INET6)
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0)
    return cannot_listen(endpoint, errno);
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  auto* generic = reinterpret_cast<sockaddr*>(&bound);  // NOLINT: the sockets API.
  if (::getsockname(socket.get(), generic, &size) != 0) return cannot_listen(endpoint, errno);
  in_port_t network_port = 0;  // At the same place in both families.
  std::memcpy(&network_port,
              reinterpret_cast<const char*>(generic) + sizeof(sa_family_t),  // NOLINT
              sizeof(network_port));
  endpoint.port = ntohs(network_port);
  return socket;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::create(Endpoint& endpoint,
                                                   std::vector<std::unique_ptr<Shard>>& shards,
                                                   TlsContext* tls) {
  SOTTO_ASSIGN(UniqueFd socket,
               endpoint.unix_path.empty() ? listen_tcp(endpoint) : listen_unix(endpoint));
  return std::unique_ptr<Listener>(
      new Listener(std::move(socket), shards, endpoint.secure ? tls : nullptr));
}

Listener::Listener(UniqueFd socket, std::vector<std::unique_ptr<Shard>>& shards, TlsContext* tls)
    : shards_(shards),
      tls_(tls),
      socket_(shards.front()->loop(), socket.release()),
      pause_(shards.front()->loop()) {}

void Listener::start() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](boost::system::error_code failure) {
                       if (!failure) accept_waiting();
                     });
}

void Listener::close() {
  // Who was let in by the system already may have sent a request: closing would cut it.
  for (int turns = 0; turns < kBacklog / kAcceptsInTurn && accept_some() == Accepted::kMore;
       ++turns) {
  }
  boost::system::error_code ignored;
  socket_.close(ignored);  // NOLINT(bugprone-unused-return-value): it is going anyway.
  pause_.cancel();
}

void Listener::accept_waiting() {
  if (accept_some() != Accepted::kNoDescriptor) {
    start();
    return;
  }
  pause_.expires_after(kPause);
  pause_.async_wait([this](boost::system::error_code failure) {
    if (!failure) start();
  });
}

Listener::Accepted Listener::accept_some() {
  for (int i = 0; i < kAcceptsInTurn; ++i) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    auto* generic = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: the sockets API.
    UniqueFd accepted(
        ::accept4(socket_.native_handle(), generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) {
      const bool exhausted =
          errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      return exhausted ? Accepted::kNoDescriptor : Accepted::kAll;
    }
    const Address peer = Address::of(generic);
    if (!shards_.front()->state().admit(peer)) {
      // In plain text, which a client of a secure port would take for garbage: it is just closed.
      if (tls_ == nullptr) turn_away(accepted.get());
      continue;
    }
    shards_[next_++ % shards_.size()]->adopt(std::move(accepted), peer, tls_);
  }
  return Accepted::kMore;
}

void Listener::turn_away(int socket) {
  // One attempt: whoever opens too many connections is owed no more.
  (void)::send(socket, kTurnedAway.data(), kTurnedAway.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace sotto::http::internal
