#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/websocket.h"

namespace sotto::http::internal {

/// RFC 6455 §5.2.
enum class Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};

/// Whether a peer may send this code.
bool is_close_code(std::uint16_t code);

/// Appends one whole frame as a server sends it: not masked.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  bool compressed = false);
/// The payload of a close frame; empty for kCloseNoStatus. A reason is cut at 123 bytes, between
/// characters.
std::string close_payload(std::uint16_t code, std::string_view reason);

struct FrameLimits {
  std::size_t message_max = std::size_t{1} << 20;  ///< Bytes, as sent; 1009 above.
  std::size_t frame_count_max = 1024;              ///< Frames of one message; 1008 above.
  bool compression = false;                        ///< permessage-deflate was agreed on.
};

/// Reads what a client sends, however it is cut: puts messages together out of frames, and refuses
/// what RFC 6455 forbids as soon as it is seen. No I/O and no clock; fuzzed.
class FrameReader {
 public:
  enum class Kind : std::uint8_t { kNothing, kMessage, kPing, kPong, kClose, kBroken };

  /// What feed() found; at most one thing a call.
  struct Found {
    Kind kind = Kind::kNothing;
    std::size_t consumed = 0;  ///< Bytes that the reader has no more use for.
    bool is_text = false;      ///< Of a message.
    bool compressed = false;   ///< Of a message: still is, so that its text is not checked yet.
    std::string payload;       ///< Of a message, ping or pong; the reason of a close.
    std::uint16_t code = 0;    ///< Of a close; of what is broken, the code to close with.
  };

  explicit FrameReader(const FrameLimits& limits) : limits_(limits) {}

  /// Takes from the front of `bytes`. Nothing may be fed any more behind kClose or kBroken.
  Found feed(std::string_view bytes);

  /// Whether a message or a frame has begun and not ended.
  bool is_in_message() const { return in_frame_ || message_opcode_ || header_size_ > 0; }

 private:
  struct Header {
    bool is_final = false;
    Opcode opcode = Opcode::kContinuation;
    std::uint64_t length = 0;
    std::array<char, 4> mask{};
  };

  /// Gathers the bytes of a header; true once it is whole.
  bool gather_header(std::string_view& bytes);
  /// The reason to close, if the first two bytes already say so.
  std::optional<Found> refuse_early(std::uint8_t first, std::uint8_t second) const;
  std::optional<Found> begin_frame();
  std::optional<Found> take_payload(std::string_view& bytes);
  Found end_frame();
  Found end_message();
  static Found read_close(std::string payload);

  FrameLimits limits_;
  std::array<char, 14> header_bytes_{};
  std::size_t header_size_ = 0;
  bool in_frame_ = false;
  Header header_;
  std::uint64_t payload_left_ = 0;
  std::size_t mask_at_ = 0;

  std::optional<Opcode> message_opcode_;  // Of the message that has begun.
  bool message_compressed_ = false;
  std::size_t frame_count_ = 0;
  std::string message_;
  std::size_t checked_ = 0;  // Bytes of message_ that are known to be UTF-8.
  std::string control_;      // Payload of the control frame that stands inside a message.
};

}  // namespace sotto::http::internal
