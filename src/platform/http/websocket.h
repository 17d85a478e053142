#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/http/request.h"
#include "platform/http/response.h"

namespace sotto::http {

// Why a WebSocket is closed (RFC 6455 §7.4.1, IANA's registry). Own ones: 4000 to 4999.
constexpr std::uint16_t kCloseNormal = 1000;
constexpr std::uint16_t kCloseGoingAway = 1001;  ///< The server stops.
constexpr std::uint16_t kCloseProtocolError = 1002;
constexpr std::uint16_t kCloseNoStatus = 1005;  ///< Never sent: the peer named none.
constexpr std::uint16_t kCloseAbnormal = 1006;  ///< Never sent: the connection broke.
constexpr std::uint16_t kCloseBadData = 1007;
constexpr std::uint16_t kClosePolicy = 1008;
constexpr std::uint16_t kCloseTooLarge = 1009;
constexpr std::uint16_t kCloseInternalError = 1011;
constexpr std::uint16_t kCloseTryAgainLater = 1013;

/// Our end of one WebSocket. Any thread; nothing blocks. Keeping it keeps no connection open: once
/// that has ended, calls fail or do nothing.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;

  /// Queues a message. "http.websocket_full" (kOverloaded) where the queue has no room for it:
  /// on_writable() says when there is again, or the socket is closed, see WebSocketOptions.
  /// "http.websocket_closed" once either side closes. A text must be UTF-8: "http.bad_message".
  virtual Result<> send_text(std::string text) = 0;
  virtual Result<> send_binary(std::string bytes) = 0;
  /// Closes behind what is queued. `code` must be one that may be sent, the reason UTF-8;
  /// 123 bytes of it are.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Stops and resumes reading: the client's sends come to wait, in its memory. While paused
  /// nothing is heard of the client either, so it is not found dead.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  /// Bytes of messages that wait to be sent.
  virtual std::size_t queued_bytes() const = 0;
  /// The subprotocol that was agreed on; empty where none was.
  virtual const std::string& protocol() const = 0;
};

/// What a WebSocket tells. All on the I/O thread of its connection, one call at a time: nothing may
/// block or compute for long. May send, close and pause from within.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  /// The first call; `session` may be kept.
  virtual void on_open(const std::shared_ptr<WebSocketSession>& session) = 0;
  /// A whole message; text is UTF-8. The string may be taken.
  virtual void on_text(std::string& text) = 0;
  virtual void on_binary(std::string& bytes) = 0;
  /// Half of the queue is free again, after a message was refused.
  virtual void on_writable() {}
  /// The last call, once. `code` is the client's, ours where we refused what it sent, and
  /// kCloseAbnormal where the connection broke or the client did not answer.
  virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
};

struct WebSocketOptions {
  /// What we speak, best first. Of those that the client offers the best is chosen; where there is
  /// none in common, or none here, the socket has no subprotocol.
  std::vector<std::string> protocols;
  bool protocol_required = false;  ///< Refuses clients without one in common.
  /// Whether a page of this origin ("https://app.example.org") may connect. Where it is not set, or
  /// says no, only pages of the host that is asked may. Clients that are no browsers name no
  /// origin.
  std::function<bool(std::string_view)> origin_allowed;

  std::size_t message_max = std::size_t{1} << 20;      ///< Bytes, decompressed; 1009 above.
  std::size_t frame_count_max = 1024;                  ///< Frames of one message; 1008 above.
  std::size_t queue_bytes_max = std::size_t{1} << 20;  ///< Waiting to be sent.
  std::size_t queue_count_max = 1024;                  ///< Messages that wait to be sent.
  bool close_when_full = false;  ///< With 1013, instead of only refusing the message.

  bool compression = true;        ///< Agrees on permessage-deflate.
  std::size_t compress_min = 64;  ///< Shorter messages are sent as they are.
  std::size_t compress_max = std::size_t{64}
                             << 10;  ///< Longer ones too: the I/O thread has others.

  std::chrono::milliseconds ping_interval{20'000};    ///< Without a byte received; then a ping.
  std::chrono::milliseconds pong_timeout{20'000};     ///< Behind the ping without a byte: dead.
  std::chrono::milliseconds message_timeout{60'000};  ///< From a message's first byte to its last.
  std::chrono::milliseconds close_timeout{5'000};     ///< For the client's answer to our close.
};

/// A connection on its way to become a WebSocket, in Response::websocket.
struct WebSocketUpgrade {
  std::unique_ptr<WebSocketHandler> handler;
  WebSocketOptions options;
  std::string protocol;
  int deflate_window_bits = 0;  ///< Of what we send; 0: no compression.
};

/// The answer that makes the request's connection a WebSocket (RFC 6455 §4.2). Errors:
/// "http.upgrade_required" where the client does not ask for one, or for another version than 13;
/// "http.bad_handshake"; "http.protocol_unknown"; "http.origin_refused" (kPermissionDenied).
Result<Response> accept_websocket(const Request& request, WebSocketOptions options,
                                  std::unique_ptr<WebSocketHandler> handler);

}  // namespace sotto::http
