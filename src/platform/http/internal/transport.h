#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <sys/uio.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "platform/runtime/unique_fd.h"

struct ssl_st;

namespace sotto::http::internal {

/// What an attempt to move bytes came to.
struct IoStep {
  enum class State : std::uint8_t {
    kMoved,      ///< `bytes` were moved, at least one.
    kWantRead,   ///< Nothing to do before the socket is readable.
    kWantWrite,  ///< ... writable.
    kEnd,        ///< The peer will send nothing more.
    kFailed,     ///< The connection is broken.
  };
  State state = State::kFailed;
  std::size_t bytes = 0;
};

/// A connected socket, with TLS or without, of whatever family: non-blocking attempts, and waits
/// on the I/O thread's loop. OpenSSL works on the descriptor itself: asio's ssl::stream would keep
/// 34 KB of buffers a connection and copy every byte twice more.
class Transport {
 public:
  Transport(boost::asio::io_context& loop, runtime::UniqueFd socket, ssl_st* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  bool is_secure() const { return tls_ != nullptr; }

  /// Goes on with the TLS handshake; kMoved once it is done, at once without TLS.
  IoStep handshake();
  IoStep read(std::span<char> into);
  IoStep write(std::string_view bytes);
  /// Both pieces in one call where that can be.
  IoStep write(std::string_view first, std::string_view second);

  /// Calls `then` once on the I/O thread when the socket is ready or closed.
  template <typename Then>
  void wait(IoStep::State want, Then then) {
    socket_.async_wait(want == IoStep::State::kWantWrite
                           ? boost::asio::posix::stream_descriptor::wait_write
                           : boost::asio::posix::stream_descriptor::wait_read,
                       std::move(then));
  }

  /// Tells the peer that nothing more comes; reading goes on.
  void shutdown_write();
  void close();
  bool is_open() const { return socket_.is_open(); }
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  struct TlsEnd {
    void operator()(ssl_st* tls) const;
  };

  IoStep tls_failure(int result);

  boost::asio::posix::stream_descriptor socket_;
  std::unique_ptr<ssl_st, TlsEnd> tls_;
};

}  // namespace sotto::http::internal
