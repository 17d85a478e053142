#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/http/internal/message_deflate.h"
#include "platform/http/internal/server_state.h"
#include "platform/http/tls.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http::internal {

class Connection;

/// One I/O thread with its loop and its connections. Everything but the constructor, adopt() from
/// another shard's thread, and the three calls of a stop happens on that thread.
class Shard {
 public:
  explicit Shard(ServerState& state);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();
  /// Ends idle connections and those that finish. Any thread.
  void drain();
  /// Cuts what is left and ends the thread's loop. Any thread.
  void cut();
  void join();

  boost::asio::io_context& loop() { return loop_; }
  ServerState& state() { return state_; }
  WebSocketCodecs& codecs() { return codecs_; }

  /// Takes over a socket that was admitted; speaks TLS on it where `tls` is not null. Any thread.
  void adopt(runtime::UniqueFd socket, const Address& peer, TlsContext* tls);
  void forget(const std::shared_ptr<Connection>& connection);

  /// "Date: ...\r\n" of this second (RFC 9110 §6.6.1).
  std::string_view date_line();

 private:
  void tick();

  ServerState& state_;
  WebSocketCodecs codecs_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer ticker_;
  bool is_cut_ = false;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::chrono::seconds dated_{-1};
  std::string date_line_;
  std::jthread thread_;
};

}  // namespace sotto::http::internal
