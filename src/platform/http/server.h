#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "platform/http/head.h"
#include "platform/http/middleware.h"
#include "platform/http/router.h"
#include "platform/http/spool.h"
#include "platform/http/tls.h"

namespace sotto::http {

/// Where a server listens.
struct Endpoint {
  std::string address;     ///< An IP address without brackets; unused for a Unix socket.
  std::uint16_t port = 0;  ///< 0 lets the system choose.
  std::string unix_path;   ///< Not empty: a Unix socket, made with mode 0660.
  bool secure = false;     ///< Speaks TLS, with ServerOptions::tls.

  /// "127.0.0.1:8484", "[::1]:8484" or "unix:/path".
  static Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;
};

/// Bounds of a server; each is enforced, with an answer of its own.
struct ServerOptions {
  std::vector<Endpoint> listen;
  /// For the secure endpoints among them; shared, so that its owner can reload it.
  std::shared_ptr<TlsContext> tls;
  std::size_t io_threads = 1;            ///< Own the sockets.
  std::size_t handler_threads = 8;       ///< Run the handlers that block.
  std::size_t handler_queue_max = 64;    ///< Requests waiting for one; above: 503 with Retry-After.
  std::size_t connections_max = 12'000;  ///< In all; above: 503 and closed.
  /// From one address (of IPv6, one /64 network) but loopback, which behind a local proxy is
  /// everyone; above: 503 and closed.
  std::size_t connections_per_address_max = 256;
  std::uint64_t requests_per_connection_max = 1'000'000;  ///< Then it is closed.

  SpoolOptions spool;  ///< For large bodies; off unless it has a folder.

  HeadLimits head;
  std::chrono::milliseconds header_timeout{10'000};  ///< From the first byte of a head to its last.
  std::chrono::milliseconds idle_timeout{60'000};    ///< Between two requests.
  std::chrono::milliseconds body_timeout{30'000};    ///< Without a byte of the body.
  std::chrono::milliseconds write_timeout{30'000};   ///< Without a byte of the answer taken.
  std::uint64_t rate_min = 500;                      ///< Bytes a second of body or answer, ...
  std::chrono::milliseconds rate_grace{10'000};      ///< ... measured after this time.
  std::chrono::milliseconds grace{20'000};           ///< What stop() gives requests in flight.
};

/// Refuses options that no server could work with: "http.bad_options".
Result<> validate(const ServerOptions& options);

/// What a server is busy with, and what it has seen since its start.
struct ServerStats {
  std::size_t connections = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< For want of a place.
  std::size_t handlers = 0;
  std::size_t handlers_busy = 0;
  std::size_t handler_queue_length = 0;
};

/// An HTTP/1.1 server.
///
/// A few I/O threads own all sockets; a connection stays with one of them, so its state needs no
/// lock. Handlers run on a bounded pool with a deadline. All memory is bounded by the options:
/// a connection holds one head, one piece of a body and one piece of an answer at a time, and reads
/// nothing more while its request is in work.
class Server {
 public:
  /// Binds, listens and starts the threads. Middleware is called in the given order.
  /// "http.address_in_use", "http.cannot_listen".
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router,
                                               std::vector<std::unique_ptr<Middleware>> middleware);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it really listens, ports filled in.
  const std::vector<Endpoint>& endpoints() const;

  /// Takes no more connections, ends idle ones, lets requests in flight finish within the grace
  /// period, then cuts what is left. Returns when all threads have ended. Any thread, once.
  void stop();

  /// How many connections are open. Any thread.
  std::size_t connection_count() const;
  /// How many bytes of bodies are spooled to disk. Any thread.
  std::uint64_t spooled_bytes() const;
  /// Any thread.
  ServerStats stats() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::http
