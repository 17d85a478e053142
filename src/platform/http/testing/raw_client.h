#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/http/server.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http {

/// A client for tests that sends exactly the bytes it is given, which no well-behaved client would.
/// Waits are bounded: a server that does not answer gives an empty text.
class RawClient {
 public:
  explicit RawClient(const Endpoint& endpoint);

  /// False once the server does not take any more.
  bool send(std::string_view bytes);
  /// One whole answer by its Content-Length (`head` where it answers HEAD, which has no body).
  std::string receive(bool head = false);
  /// That many bytes, or fewer where the server closes before.
  std::string receive_bytes(std::size_t size);
  /// Everything up to and with `mark`, or until the server closes.
  std::string receive_until(std::string_view mark);
  /// All until the server closes.
  std::string receive_all();
  /// True where the server closed and nothing is left to read.
  bool is_closed();
  void finish_sending();

  /// The answer to one request on a connection of its own.
  static std::string exchange(const Endpoint& endpoint, std::string_view request);

 private:
  bool fill();

  runtime::UniqueFd socket_;
  std::string buffer_;
  bool ended_ = false;
};

/// 200 of "HTTP/1.1 200 OK...", 0 of anything else.
int status_of_answer(std::string_view answer);
/// The value of a header field of an answer; empty where it is missing.
std::string field_of_answer(std::string_view answer, std::string_view name);
/// What follows the blank line.
std::string body_of_answer(std::string_view answer);

}  // namespace sotto::http
