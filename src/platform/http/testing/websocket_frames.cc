#include "platform/http/testing/websocket_frames.h"

namespace sotto::http {
namespace {

void append_big_endian(std::string& out, std::uint64_t number, int byte_count) {
  for (int shift = 8 * (byte_count - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::string client_header(std::uint8_t first, std::uint64_t length, int length_bytes) {
  std::string header(1, static_cast<char>(first));
  const std::uint64_t short_length = length_bytes == 0 ? length : length_bytes == 2 ? 126 : 127;
  header += static_cast<char>(0x80 | short_length);
  append_big_endian(header, length, length_bytes);
  return header;
}

std::string client_frame(std::uint8_t first, std::string_view payload, std::string_view mask) {
  const int length_bytes = payload.size() < 126 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  std::string frame = client_header(first, payload.size(), length_bytes);
  frame.append(mask);
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  return frame;
}

std::string close_text(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  return payload.append(reason);
}

}  // namespace sotto::http
