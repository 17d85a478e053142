#include "platform/http/internal/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <utility>

namespace sotto::http::internal {
namespace {

using State = IoStep::State;

IoStep step_of(ssize_t moved, State want) {
  if (moved > 0) return {State::kMoved, static_cast<std::size_t>(moved)};
  if (moved == 0) return {State::kEnd};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {want};
  return {State::kFailed};
}

int tls_size(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

Transport::Transport(boost::asio::io_context& loop, runtime::UniqueFd socket, TlsEnd tls)
    : socket_(loop, socket.release()), tls_(std::move(tls)) {
  if (tls_) {
    SSL_set_fd(tls_.get(), socket_.native_handle());
    SSL_set_accept_state(tls_.get());
  }
}

Transport::~Transport() = default;

IoStep Transport::tls_failure(int result) {
  const int reason = SSL_get_error(tls_.get(), result);
  ERR_clear_error();
  switch (reason) {
    case SSL_ERROR_WANT_READ:
      return {State::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {State::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {State::kEnd};
    default:
      is_broken_ = true;
      return {State::kFailed};
  }
}

IoStep Transport::handshake() {
  if (!tls_) return {State::kMoved, 1};
  if (!saw_first_byte_) {
    const IoStep first = look_at_first_byte();
    if (first.state != State::kMoved) return first;
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  return result == 1 ? IoStep{State::kMoved, 1} : tls_failure(result);
}

IoStep Transport::look_at_first_byte() {
  char first = 0;
  const IoStep step =
      step_of(::recv(socket_.native_handle(), &first, 1, MSG_PEEK), State::kWantRead);
  if (step.state != State::kMoved) return step;
  saw_first_byte_ = true;
  // A method begins with a letter, a TLS record with 22.
  met_plain_text_ = first >= 'A' && first <= 'Z';
  return met_plain_text_ ? IoStep{State::kFailed} : step;
}

IoStep Transport::read(std::span<char> into) {
  if (!tls_)
    return step_of(::recv(socket_.native_handle(), into.data(), into.size(), 0), State::kWantRead);
  ERR_clear_error();
  const int result = SSL_read(tls_.get(), into.data(), tls_size(into.size()));
  return result > 0 ? IoStep{State::kMoved, static_cast<std::size_t>(result)} : tls_failure(result);
}

IoStep Transport::write(std::string_view bytes) {
  if (!tls_)
    return step_of(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                   State::kWantWrite);
  ERR_clear_error();
  const int result = SSL_write(tls_.get(), bytes.data(), tls_size(bytes.size()));
  return result > 0 ? IoStep{State::kMoved, static_cast<std::size_t>(result)} : tls_failure(result);
}

IoStep Transport::write(std::string_view first, std::string_view second) {
  if (second.empty()) return write(first);
  if (first.empty()) return write(second);
  if (tls_) return write(first);
  // sendmsg(2) reads from these: it takes them as mutable for the sake of recvmsg alone.
  std::array<iovec, 2> pieces{{{const_cast<char*>(first.data()), first.size()},      // NOLINT
                               {const_cast<char*>(second.data()), second.size()}}};  // NOLINT
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return step_of(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL), State::kWantWrite);
}

void Transport::shutdown_write() {
  if (!socket_.is_open()) return;
  if (tls_ && !is_broken_ && SSL_is_init_finished(tls_.get())) {
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Transport::close() {
  // So that the client can tell an end from a cut (RFC 8446 §6.1); one attempt is all it gets.
  if (socket_.is_open() && tls_ && !is_broken_ && SSL_is_init_finished(tls_.get())) {
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.close(ignored);  // NOLINT(bugprone-unused-return-value): there is nobody left to tell.
}

}  // namespace sotto::http::internal
