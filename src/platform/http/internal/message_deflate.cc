#include "platform/http/internal/message_deflate.h"

#include <algorithm>
#include <new>
#include <zlib.h>

namespace sotto::http::internal {
namespace {

constexpr int kLevel = 3;        // Twice as fast as 6, a few percent larger, on the I/O thread.
constexpr int kMemoryLevel = 5;  // Its tables are cleared for each message.
constexpr int kWindowBitsMax = 15;
/// How a sync flush ends: taken off what is sent, put back behind what came (RFC 7692 §7.2.1).
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr std::size_t kPieceMin = 1024;
constexpr std::size_t kPieceMax = std::size_t{64} << 10;
constexpr int kAtBlockEnd = 128;  // In z_stream::data_type, see zlib.h.

Bytef* in_bytes(std::string_view text) {
  // zlib reads these; it declares them as mutable unless built with ZLIB_CONST.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT
}

Bytef* out_bytes(char* at) { return reinterpret_cast<Bytef*>(at); }

Error bad_message() {
  return Error(ErrorCode::kInvalidArgument, "http.bad_message",
               "The compressed message is damaged.");
}

Error too_large(std::size_t size_max) {
  return Error(ErrorCode::kTooLarge, "http.message_too_large",
               "The message is larger than " + std::to_string(size_max) + " bytes.");
}

/// Inflates `input` to the back of `out`. Blocks marked as the last of a stream may be followed by
/// more (RFC 7692 §7.2.3.5), so a new stream begins behind each.
Result<> inflate_piece(z_stream& stream, std::string_view input, std::size_t size_max,
                       std::string& out) {
  stream.next_in = in_bytes(input);
  stream.avail_in = static_cast<uInt>(input.size());
  for (;;) {
    const std::size_t held = out.size();
    // One byte more than allowed tells "exactly as many" from "too many".
    const std::size_t room = std::min(std::clamp(held, kPieceMin, kPieceMax), size_max + 1 - held);
    out.resize(held + room);
    stream.next_out = out_bytes(out.data() + held);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    const bool is_full = stream.avail_out == 0;
    out.resize(held + room - stream.avail_out);
    if (out.size() > size_max) return too_large(size_max);
    if (result == Z_STREAM_END) {
      inflateReset(&stream);
      if (stream.avail_in == 0) return {};
      continue;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) return bad_message();
    if (stream.avail_in == 0 && !is_full) return {};
  }
}

}  // namespace

// zlib's initialisers fail for want of memory alone, given these parameters.
class WebSocketCodecs::Deflate {
 public:
  explicit Deflate(int window_bits) {
    if (deflateInit2(&stream_, kLevel, Z_DEFLATED, -window_bits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflate() { deflateEnd(&stream_); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  z_stream& fresh() {
    deflateReset(&stream_);
    return stream_;
  }

 private:
  z_stream stream_{};
};

class WebSocketCodecs::Inflate {
 public:
  Inflate() {
    if (inflateInit2(&stream_, -kWindowBitsMax) != Z_OK) throw std::bad_alloc();
  }
  ~Inflate() { inflateEnd(&stream_); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  z_stream& fresh() {
    inflateReset(&stream_);
    return stream_;
  }

 private:
  z_stream stream_{};
};

WebSocketCodecs::WebSocketCodecs() = default;
WebSocketCodecs::~WebSocketCodecs() = default;

bool WebSocketCodecs::compress(std::string_view message, int window_bits, std::string& out) {
  const int bits = std::clamp(window_bits, kWindowBitsMin, kWindowBits);
  auto& slot = deflates_.at(static_cast<std::size_t>(bits - kWindowBitsMin));
  if (!slot) slot = std::make_unique<Deflate>(bits);
  z_stream& stream = slot->fresh();
  const std::size_t held = out.size();
  // What is not shorter than the message is not wanted, so there is no need for more room.
  const std::size_t room = message.size() + kTail.size();
  out.resize(held + room);
  stream.next_in = in_bytes(message);
  stream.avail_in = static_cast<uInt>(message.size());
  stream.next_out = out_bytes(out.data() + held);
  stream.avail_out = static_cast<uInt>(room);
  const int result = deflate(&stream, Z_SYNC_FLUSH);
  const std::size_t made = room - stream.avail_out;
  const bool is_whole = result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0 &&
                        made > kTail.size() && made - kTail.size() < message.size();
  out.resize(is_whole ? held + made - kTail.size() : held);
  return is_whole;
}

Result<std::string> WebSocketCodecs::decompress(std::string_view payload, std::size_t size_max) {
  if (!inflate_) inflate_ = std::make_unique<Inflate>();
  z_stream& stream = inflate_->fresh();
  std::string message;
  SOTTO_TRY(inflate_piece(stream, payload, size_max, message));
  SOTTO_TRY(inflate_piece(stream, kTail, size_max, message));
  if ((stream.data_type & kAtBlockEnd) == 0) return bad_message();
  return message;
}

}  // namespace sotto::http::internal
