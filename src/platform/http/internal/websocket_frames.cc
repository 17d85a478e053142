#include "platform/http/internal/websocket_frames.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sotto::http::internal {
namespace {

using Found = FrameReader::Found;
using Kind = FrameReader::Kind;

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kCompressed = 0x40;  // RSV1, RFC 7692 §6.
constexpr std::uint8_t kReserved = 0x30;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kControl = 0x08;
constexpr std::size_t kControlMax = 125;  // RFC 6455 §5.5.
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

Found broken(std::uint16_t code, const char* why) {
  return {.kind = Kind::kBroken, .payload = why, .code = code};
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

void append_big_endian(std::string& out, std::uint64_t number, int byte_count) {
  for (int shift = 8 * (byte_count - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

std::size_t header_size_of(std::uint8_t second) {
  const std::uint8_t length = second & 0x7f;
  const std::size_t extended = length == kLength64 ? 8 : length == kLength16 ? 2 : 0;
  return 2 + extended + 4;
}

bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

/// How many bytes at the end of `text` are the beginning of one character.
std::size_t unfinished_tail(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = byte_at(text, text.size() - back);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool compressed) {
  out += static_cast<char>(kFinal | (compressed ? kCompressed : 0) |
                           static_cast<std::uint8_t>(opcode));
  if (payload.size() <= kControlMax) {
    out += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xffff) {
    out += static_cast<char>(kLength16);
    append_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(kLength64);
    append_big_endian(out, payload.size(), 8);
  }
  out.append(payload);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code == kCloseNoStatus) return payload;
  append_big_endian(payload, code, 2);
  reason = reason.substr(0, kControlMax - 2);
  payload.append(reason.substr(0, reason.size() - unfinished_tail(reason)));
  return payload;
}

bool FrameReader::gather_header(std::string_view& bytes) {
  const auto gather = [&](std::size_t size) {
    const std::size_t count = std::min(size - std::min(size, header_size_), bytes.size());
    std::copy_n(bytes.begin(), count, header_bytes_.begin() + header_size_);
    header_size_ += count;
    bytes.remove_prefix(count);
    return header_size_ >= size;
  };
  if (!gather(2)) return false;
  return gather(header_size_of(static_cast<std::uint8_t>(header_bytes_[1])));
}

std::optional<Found> FrameReader::refuse_early(std::uint8_t first, std::uint8_t second) const {
  const std::uint8_t opcode = first & 0x0f;
  const bool is_control = (opcode & kControl) != 0;
  if ((first & kReserved) != 0) return broken(kCloseProtocolError, "Reserved bits are set.");
  if (!is_known(opcode)) return broken(kCloseProtocolError, "The opcode is not known.");
  if ((second & kMasked) == 0) return broken(kCloseProtocolError, "Frames must be masked.");
  if (is_control && (first & kFinal) == 0)
    return broken(kCloseProtocolError, "Control frames may not be fragmented.");
  if (is_control && (second & 0x7f) > kControlMax)
    return broken(kCloseProtocolError, "Control frames hold at most 125 bytes.");
  const bool continues = opcode == static_cast<std::uint8_t>(Opcode::kContinuation);
  if ((first & kCompressed) != 0 && (!limits_.compression || is_control || continues))
    return broken(kCloseProtocolError, "No compressed message may begin here.");
  if (continues && !message_opcode_)
    return broken(kCloseProtocolError, "There is no message to continue.");
  if (!continues && !is_control && message_opcode_)
    return broken(kCloseProtocolError, "The message before has not ended.");
  return std::nullopt;
}

std::optional<Found> FrameReader::begin_frame() {
  const std::string_view bytes(header_bytes_.data(), header_size_);
  const std::uint8_t first = byte_at(bytes, 0);
  header_.is_final = (first & kFinal) != 0;
  header_.opcode = static_cast<Opcode>(first & 0x0f);
  header_.length = byte_at(bytes, 1) & 0x7f;
  if (header_.length == kLength16) {
    header_.length = big_endian(bytes.substr(2, 2));
    if (header_.length <= kControlMax)
      return broken(kCloseProtocolError, "The length is not in its shortest form.");
  } else if (header_.length == kLength64) {
    header_.length = big_endian(bytes.substr(2, 8));
    if (header_.length <= 0xffff || header_.length >> 63 != 0)
      return broken(kCloseProtocolError, "The length is not in its shortest form.");
  }
  std::copy_n(bytes.end() - 4, 4, header_.mask.begin());
  header_size_ = 0;
  in_frame_ = true;
  payload_left_ = header_.length;
  mask_at_ = 0;
  if ((static_cast<std::uint8_t>(header_.opcode) & kControl) != 0) return std::nullopt;
  if (header_.opcode != Opcode::kContinuation) {
    message_opcode_ = header_.opcode;
    message_compressed_ = (first & kCompressed) != 0;
    frame_count_ = 0;
    checked_ = 0;
  }
  if (header_.length > limits_.message_max - message_.size())
    return broken(kCloseTooLarge, "The message is too large.");
  if (++frame_count_ > limits_.frame_count_max)
    return broken(kClosePolicy, "The message comes in too many frames.");
  return std::nullopt;
}

std::optional<Found> FrameReader::take_payload(std::string_view& bytes) {
  const bool is_control = (static_cast<std::uint8_t>(header_.opcode) & kControl) != 0;
  std::string& out = is_control ? control_ : message_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
  const std::size_t held = out.size();
  out.append(bytes.substr(0, count));
  const auto mask = header_.mask;  // A copy that the text cannot overlap with.
  char* const data = out.data() + held;
  for (std::size_t i = 0; i < count; ++i)
    data[i] = static_cast<char>(data[i] ^ mask[(mask_at_ + i) % 4]);
  mask_at_ = (mask_at_ + count) % 4;
  payload_left_ -= count;
  bytes.remove_prefix(count);
  if (is_control || message_opcode_ != Opcode::kText || message_compressed_) return std::nullopt;
  const std::string_view unchecked = std::string_view(message_).substr(checked_);
  const std::size_t whole = unchecked.size() - unfinished_tail(unchecked);
  if (!is_utf8(unchecked.substr(0, whole))) return broken(kCloseBadData, "The text is not UTF-8.");
  checked_ += whole;
  return std::nullopt;
}

Found FrameReader::end_frame() {
  in_frame_ = false;
  switch (header_.opcode) {
    case Opcode::kPing:
      return {.kind = Kind::kPing, .payload = std::exchange(control_, {})};
    case Opcode::kPong:
      return {.kind = Kind::kPong, .payload = std::exchange(control_, {})};
    case Opcode::kClose:
      return read_close(std::exchange(control_, {}));
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      break;
  }
  return header_.is_final ? end_message() : Found{};
}

Found FrameReader::end_message() {
  const bool is_text = message_opcode_ == Opcode::kText;
  if (is_text && !message_compressed_ && checked_ != message_.size())
    return broken(kCloseBadData, "The text is not UTF-8.");
  message_opcode_.reset();
  return {.kind = Kind::kMessage,
          .is_text = is_text,
          .compressed = message_compressed_,
          .payload = std::exchange(message_, {})};
}

Found FrameReader::read_close(std::string payload) {
  if (payload.empty()) return {.kind = Kind::kClose, .code = kCloseNoStatus};
  if (payload.size() == 1) return broken(kCloseProtocolError, "A close code has two bytes.");
  const auto code = static_cast<std::uint16_t>(big_endian(std::string_view(payload).substr(0, 2)));
  if (!is_close_code(code)) return broken(kCloseProtocolError, "The close code may not be sent.");
  payload.erase(0, 2);
  if (!is_utf8(payload)) return broken(kCloseBadData, "The reason of the close is not UTF-8.");
  return {.kind = Kind::kClose, .payload = std::move(payload), .code = code};
}

FrameReader::Found FrameReader::feed(std::string_view bytes) {
  const std::size_t size = bytes.size();
  const auto with_consumed = [&](Found found) {
    found.consumed = size - bytes.size();
    return found;
  };
  for (;;) {
    if (!in_frame_) {
      const bool is_whole = gather_header(bytes);
      if (header_size_ >= 2) {
        const std::string_view header(header_bytes_.data(), header_size_);
        if (auto refused = refuse_early(byte_at(header, 0), byte_at(header, 1)))
          return with_consumed(std::move(*refused));
      }
      if (!is_whole) return with_consumed({});
      if (auto refused = begin_frame()) return with_consumed(std::move(*refused));
    }
    if (auto refused = take_payload(bytes)) return with_consumed(std::move(*refused));
    if (payload_left_ > 0) return with_consumed({});
    if (Found found = end_frame(); found.kind != Kind::kNothing)
      return with_consumed(std::move(found));
    if (bytes.empty()) return with_consumed({});
  }
}

}  // namespace sotto::http::internal
