#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sotto::http {

/// A frame as clients send it, with any first byte (final, reserved bits, opcode): masked with
/// `mask`, its length in the shortest form.
std::string client_frame(std::uint8_t first, std::string_view payload,
                         std::string_view mask = "\x11\x22\x33\x44");
/// Its beginning alone: a header that promises `length` bytes in a field of `length_bytes` (0, 2,
/// 8).
std::string client_header(std::uint8_t first, std::uint64_t length, int length_bytes);

constexpr std::uint8_t kFinalText = 0x81;
constexpr std::uint8_t kFinalBinary = 0x82;
constexpr std::uint8_t kFinalClose = 0x88;
constexpr std::uint8_t kFinalPing = 0x89;
constexpr std::uint8_t kFinalPong = 0x8A;
constexpr std::uint8_t kCompressedText = 0xC1;

/// The payload of a close frame.
std::string close_text(std::uint16_t code, std::string_view reason = {});

}  // namespace sotto::http
