#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "platform/http/address.h"
#include "platform/http/internal/body_spool.h"
#include "platform/http/internal/handler_pool.h"
#include "platform/http/server.h"

namespace sotto::http::internal {

/// What all connections of a server share. Any thread.
class ServerState {
 public:
  ServerState(ServerOptions options, Router router,
              std::vector<std::unique_ptr<Middleware>> middleware);

  const ServerOptions& options() const { return options_; }
  const Router& router() const { return router_; }
  const std::vector<std::unique_ptr<Middleware>>& middleware() const { return middleware_; }
  HandlerPool& pool() { return pool_; }
  BodySpool& spool() { return spool_; }
  const BodySpool& spool() const { return spool_; }
  const HandlerPool& pool() const { return pool_; }

  /// Whether one more connection may be opened; counts it where it may.
  bool admit(const Address& peer);
  void leave(const Address& peer);
  std::size_t connection_count() const { return connections_.load(std::memory_order_relaxed); }

  std::uint64_t accepted_count() const { return accepted_.load(std::memory_order_relaxed); }
  std::uint64_t refused_count() const { return refused_.load(std::memory_order_relaxed); }

  /// An id that no other request of this or another run has.
  std::string next_request_id();

  /// From then on a connection ends behind the request that it is busy with.
  void begin_drain() { draining_.store(true, std::memory_order_release); }
  bool is_draining() const { return draining_.load(std::memory_order_acquire); }

  /// Returns once no connection is open, at the latest at `deadline`.
  void wait_until_empty(std::chrono::steady_clock::time_point deadline);

  /// Stops handlers that are still at work.
  std::stop_source& stop() { return stop_; }
  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  bool take_place(const Address& peer);

  const ServerOptions options_;
  const Router router_;
  const std::vector<std::unique_ptr<Middleware>> middleware_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  const std::string id_prefix_;  // Random, so that ids of two runs differ.
  std::atomic<std::uint64_t> id_count_{0};
  std::atomic<bool> draining_{false};
  std::stop_source stop_;
  Mutex mutex_;
  CondVar emptied_;
  std::map<Address, std::size_t> per_network_ SOTTO_GUARDED_BY(mutex_);
  BodySpool spool_;
  HandlerPool pool_;  // Last: its threads use what stands above.
};

}  // namespace sotto::http::internal
