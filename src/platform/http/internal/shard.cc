#include "platform/http/internal/shard.h"

#include <array>
#include <ctime>
#include <utility>

#include "platform/http/internal/connection.h"
#include "platform/http/internal/tls_state.h"

namespace sotto::http::internal {
namespace {

constexpr std::chrono::milliseconds kTick{250};  // How late a time-out may be noticed.

}  // namespace

Shard::Shard(ServerState& state)
    : state_(state), work_(boost::asio::make_work_guard(loop_)), ticker_(loop_) {}

Shard::~Shard() { join(); }

void Shard::start() {
  tick();
  thread_ = std::jthread([this] { loop_.run(); });
}

void Shard::drain() {
  boost::asio::post(loop_, [this] {
    const auto open = connections_;  // A copy: closing takes them out of the set.
    for (const auto& connection : open) connection->drain();
  });
}

void Shard::cut() {
  boost::asio::post(loop_, [this] {
    const auto open = connections_;
    for (const auto& connection : open) connection->close();
    is_cut_ = true;  // A tick that is due already cannot be cancelled, and would order the next.
    ticker_.cancel();
    work_.reset();
  });
}

void Shard::join() {
  if (thread_.joinable()) thread_.join();
}

void Shard::adopt(runtime::UniqueFd socket, const Address& peer, TlsContext* tls) {
  // Shared, since the work of a loop must be copyable.
  auto owned = std::make_shared<runtime::UniqueFd>(std::move(socket));
  boost::asio::post(loop_, [this, owned, peer, tls] {
    TlsEnd end = tls != nullptr ? tls->state().accept() : nullptr;
    if (tls != nullptr && !end) {  // No memory for it: never plain text instead.
      state_.leave(peer);
      return;
    }
    const auto connection =
        std::make_shared<Connection>(*this, std::move(*owned), peer, std::move(end));
    connections_.insert(connection);
    connection->start();
  });
}

void Shard::forget(const std::shared_ptr<Connection>& connection) {
  connections_.erase(connection);
}

std::string_view Shard::date_line() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (std::chrono::seconds(now.tv_sec) != dated_) {
    dated_ = std::chrono::seconds(now.tv_sec);
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    std::array<char, 64> text{};
    const std::size_t size =
        strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    date_line_.assign(text.data(), size);
  }
  return date_line_;
}

void Shard::tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](boost::system::error_code failure) {
    if (failure || is_cut_) return;
    const auto now = std::chrono::steady_clock::now();
    const auto open = connections_;
    for (const auto& connection : open) connection->sweep(now);
    tick();
  });
}

}  // namespace sotto::http::internal
