#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sotto::http::internal {

/// The zlib streams of one I/O thread, for all WebSockets on it. No message is compressed with what
/// an earlier one left behind (no context takeover, RFC 7692 §7.1.1), so that a connection needs no
/// stream of its own: 300 KB each with zlib's defaults, 40 KB at the very least.
class WebSocketCodecs {
 public:
  /// The window of what we compress where the client leaves the choice to us. Messages are short:
  /// a larger one would cost time at each message and win next to nothing.
  static constexpr int kWindowBits = 12;
  static constexpr int kWindowBitsMin = 9;  // zlib makes no raw stream of 8.

  WebSocketCodecs();
  ~WebSocketCodecs();
  WebSocketCodecs(const WebSocketCodecs&) = delete;
  WebSocketCodecs& operator=(const WebSocketCodecs&) = delete;

  /// Appends the payload of a compressed message (RFC 7692 §7.2.1); false, and nothing, where it
  /// would not be shorter.
  bool compress(std::string_view message, int window_bits, std::string& out);

  /// The message in `payload`. "http.message_too_large" above `size_max` bytes: no more than that
  /// is ever made, whatever was promised. "http.bad_message" where it is damaged or not complete.
  Result<std::string> decompress(std::string_view payload, std::size_t size_max);

 private:
  class Deflate;
  class Inflate;

  std::array<std::unique_ptr<Deflate>, kWindowBits - kWindowBitsMin + 1> deflates_;
  std::unique_ptr<Inflate> inflate_;  // Like the others made when first needed.
};

}  // namespace sotto::http::internal
