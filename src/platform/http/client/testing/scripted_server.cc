#include "platform/http/client/testing/scripted_server.h"

#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace sotto::http {

bool ScriptedPeer::fill() {
  std::array<char, 16384> bytes{};
  const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string ScriptedPeer::read_head() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  std::string head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return head;
}

std::string ScriptedPeer::read_body(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  std::string body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return body;
}

bool ScriptedPeer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void ScriptedPeer::wait_closed() {
  while (fill()) buffer_.clear();
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&name);
  socklen_t size = sizeof(name);
  SOTTO_CHECK(::bind(listener_.get(), generic, size) == 0);
  SOTTO_CHECK(::listen(listener_.get(), 16) == 0);
  SOTTO_CHECK(::getsockname(listener_.get(), generic, &size) == 0);
  port_ = ntohs(name.sin_port);
  acceptor_ = std::jthread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const MutexLock lock(mutex_);
    for (const runtime::UniqueFd& peer : peers_)
      if (peer) ::shutdown(peer.get(), SHUT_RDWR);
  }
  threads_.clear();
}

void ScriptedServer::serve() {
  for (;;) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    runtime::UniqueFd* kept = nullptr;
    {
      const MutexLock lock(mutex_);
      kept = &peers_.emplace_back(fd);
    }
    threads_.emplace_back([this, fd, kept, index = connections_.fetch_add(1)] {
      ScriptedPeer peer(fd, index);
      script_(peer);
      const MutexLock lock(mutex_);
      kept->reset();
    });
  }
}

}  // namespace sotto::http
