#include "platform/http/server.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <future>
#include <sys/resource.h>
#include <utility>

#include "platform/http/internal/listener.h"
#include "platform/http/internal/server_state.h"
#include "platform/http/internal/shard.h"

namespace sotto::http {
namespace {

Error bad_endpoint(std::string_view text) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_options",
               "\"" + std::string(text.substr(0, 200)) +
                   "\" is no place to listen: it must be ADDRESS:PORT, [IPV6]:PORT or unix:/PATH.");
}

constexpr std::size_t kSpoolMemoryMax = std::size_t{1}
                                        << 20;  // Times bodies_max: what it may cost.

/// Every connection is a descriptor: take as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with("unix:/")) return Endpoint{.unix_path = std::string(text.substr(5))};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_endpoint(text);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  if (!address || address->is_ipv4() == bracketed) return bad_endpoint(text);
  Endpoint endpoint{.address = std::string(host)};
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size())
    return bad_endpoint(text);
  return endpoint;
}

std::string Endpoint::to_string() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const std::string host = address.find(':') == std::string::npos ? address : '[' + address + ']';
  return host + ':' + std::to_string(port);
}

Result<> validate(const ServerOptions& options) {
  const auto refuse = [](const char* what) {
    return Error(ErrorCode::kInvalidArgument, "http.bad_options", what);
  };
  if (options.listen.empty()) return refuse("A server must listen somewhere.");
  const bool needs_tls = std::any_of(options.listen.begin(), options.listen.end(),
                                     [](const Endpoint& endpoint) { return endpoint.secure; });
  if (needs_tls && options.tls == nullptr)
    return refuse("A server that speaks TLS needs a certificate.");
  if (options.io_threads == 0 || options.handler_threads == 0 || options.handler_queue_max == 0)
    return refuse(
        "A server needs at least one I/O thread, one handler thread and one place to wait.");
  if (options.connections_max == 0 || options.connections_per_address_max == 0)
    return refuse("A server must take at least one connection.");
  if (options.spool.is_on() &&
      (options.spool.disk_threads == 0 || options.spool.bodies_max == 0 ||
       options.spool.memory_max == 0 || options.spool.memory_max > kSpoolMemoryMax))
    return refuse(
        "Spooling needs at least one disk thread and one body, and keeps from 1 byte to 1 MiB of a "
        "body in memory.");
  if (options.head.request_line_max + 4 > options.head.head_max)
    return refuse("A request's head must have room for its first line.");
  return {};
}

class Server::Impl {
 public:
  Impl(ServerOptions options, Router router, std::vector<std::unique_ptr<Middleware>> middleware)
      : endpoints_(options.listen),
        state_(std::move(options), std::move(router), std::move(middleware)) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<> start() {
    SOTTO_TRY(state_.spool().prepare());
    for (std::size_t i = 0; i < state_.options().io_threads; ++i)
      shards_.push_back(std::make_unique<internal::Shard>(state_));
    for (Endpoint& endpoint : endpoints_) {
      SOTTO_ASSIGN(auto listener,
                   internal::Listener::create(endpoint, shards_, state_.options().tls.get()));
      listeners_.push_back(std::move(listener));
    }
    for (const auto& listener : listeners_) listener->start();
    for (const auto& shard : shards_) shard->start();
    running_ = true;
    return {};
  }

  void stop() {
    if (!std::exchange(running_, false)) return;
    std::promise<void> closed;
    boost::asio::post(shards_.front()->loop(), [&] {
      for (const auto& listener : listeners_) listener->close();
      closed.set_value();
    });
    closed.get_future().wait();
    state_.begin_drain();
    for (const auto& shard : shards_) shard->drain();
    state_.wait_until_empty(std::chrono::steady_clock::now() + state_.options().grace);
    state_.stop().request_stop();
    state_.pool().stop();
    state_.spool().stop();  // Before the loops end, which take the outcomes of its work.
    for (const auto& shard : shards_) shard->cut();
    for (const auto& shard : shards_) shard->join();
    for (const Endpoint& endpoint : endpoints_)
      if (!endpoint.unix_path.empty()) ::unlink(endpoint.unix_path.c_str());
  }

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  std::size_t connection_count() const { return state_.connection_count(); }
  std::uint64_t spooled_bytes() const { return state_.spool().bytes_used(); }
  ServerStats stats() const {
    return {.connections = state_.connection_count(),
            .connections_accepted = state_.accepted_count(),
            .connections_refused = state_.refused_count(),
            .handlers = state_.options().handler_threads,
            .handlers_busy = state_.pool().busy_count(),
            .handler_queue_length = state_.pool().waiting_count()};
  }

 private:
  std::vector<Endpoint> endpoints_;
  internal::ServerState state_;
  std::vector<std::unique_ptr<internal::Shard>> shards_;
  std::vector<std::unique_ptr<internal::Listener>> listeners_;  // After the loops that they use.
  bool running_ = false;
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router,
                                              std::vector<std::unique_ptr<Middleware>> middleware) {
  SOTTO_TRY(validate(options));
  // OpenSSL writes to sockets with write(2), which would raise SIGPIPE where the peer is gone.
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router), std::move(middleware));
  SOTTO_TRY(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

const std::vector<Endpoint>& Server::endpoints() const { return impl_->endpoints(); }
void Server::stop() { impl_->stop(); }
std::size_t Server::connection_count() const { return impl_->connection_count(); }
std::uint64_t Server::spooled_bytes() const { return impl_->spooled_bytes(); }
ServerStats Server::stats() const { return impl_->stats(); }

}  // namespace sotto::http
