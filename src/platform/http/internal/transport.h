#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <sys/uio.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "platform/http/internal/tls_end.h"
#include "platform/runtime/unique_fd.h"

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
  /// Plain text where `tls` is null.
  Transport(boost::asio::io_context& loop, runtime::UniqueFd socket, TlsEnd tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  bool is_secure() const { return tls_ != nullptr; }

  /// Goes on with the TLS handshake; kMoved once it is done, at once without TLS.
  IoStep handshake();
  /// Whether a handshake failed because the client began to speak HTTP without it. Nothing of what
  /// it said was read.
  bool met_plain_text() const { return met_plain_text_; }
  /// From then on plain text goes both ways: for telling such a client what is wrong.
  void drop_tls() { tls_.reset(); }
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
  IoStep tls_failure(int result);
  IoStep look_at_first_byte();

  boost::asio::posix::stream_descriptor socket_;
  TlsEnd tls_;
  bool saw_first_byte_ = false;
  bool met_plain_text_ = false;
  bool is_broken_ = false;  // TLS failed: not even its end may be said.
};

}  // namespace sotto::http::internal
