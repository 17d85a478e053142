#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http {

/// The server's end of one connection. Reading and sending end when either side closes.
class ScriptedPeer {
 public:
  ScriptedPeer(int fd, int index) : fd_(fd), index_(index) {}

  /// The next head, with its blank line; empty once the client has closed.
  std::string read_head();
  /// That many bytes of a body, fewer where the client closes.
  std::string read_body(std::size_t size);
  /// False once the client has closed.
  bool send(std::string_view bytes) const;
  /// Takes what comes until the client closes.
  void wait_closed();
  /// From 0: the how-manieth connection this is.
  int index() const { return index_; }

 private:
  bool fill();

  int fd_;
  int index_;
  std::string buffer_;
};

/// Listens on a loopback port and runs a script for each connection, on a thread of its own: what
/// no well-behaved server would send can be sent. Ends with the object.
class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedPeer&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:40001".
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_.load(); }

 private:
  void serve();

  const Script script_;
  runtime::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  Mutex mutex_;
  std::list<runtime::UniqueFd> peers_ SOTTO_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;  // Of the accepting thread alone, until that has ended.
  std::jthread acceptor_;
};

}  // namespace sotto::http
