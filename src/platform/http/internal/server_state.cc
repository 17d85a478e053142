#include "platform/http/internal/server_state.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "base/random.h"

namespace sotto::http::internal {

namespace {

std::string to_hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 0xf];
  return text;
}

std::string random_prefix() {
  std::array<std::uint64_t, 1> seed{};
  SystemRandom().fill(std::as_writable_bytes(std::span(seed)));
  return to_hex(seed.front());
}

}  // namespace

ServerState::ServerState(ServerOptions options, Router router,
                         std::vector<std::unique_ptr<Middleware>> middleware)
    : options_(std::move(options)),
      router_(std::move(router)),
      middleware_(std::move(middleware)),
      id_prefix_(random_prefix()),
      spool_(options_.spool),
      pool_(options_.handler_threads, options_.handler_queue_max) {}

std::string ServerState::next_request_id() {
  return id_prefix_ + to_hex(id_count_.fetch_add(1, std::memory_order_relaxed));
}

bool ServerState::admit(const Address& peer) {
  const bool has_place = take_place(peer);
  (has_place ? accepted_ : refused_).fetch_add(1, std::memory_order_relaxed);
  return has_place;
}

bool ServerState::take_place(const Address& peer) {
  if (connections_.fetch_add(1) >= options_.connections_max) {
    connections_.fetch_sub(1);
    return false;
  }
  if (peer.is_loopback()) return true;
  const MutexLock lock(mutex_);
  std::size_t& count = per_network_[peer.network()];
  if (count >= options_.connections_per_address_max) {
    connections_.fetch_sub(1);
    return false;
  }
  ++count;
  return true;
}

void ServerState::leave(const Address& peer) {
  const MutexLock lock(mutex_);
  if (connections_.fetch_sub(1) == 1) emptied_.notify_all();
  if (peer.is_loopback()) return;
  const auto found = per_network_.find(peer.network());
  if (found != per_network_.end() && --found->second == 0) per_network_.erase(found);
}

void ServerState::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
  const CallContext context(deadline, {});
  const MutexLock lock(mutex_);
  while (connection_count() > 0)
    if (!emptied_.wait(context, mutex_)) return;
}

}  // namespace sotto::http::internal
