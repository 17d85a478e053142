#include "media/extent.h"

#include <bit>

namespace sotto::media {
namespace {

std::uint64_t byte_at(std::span<const std::byte> bytes, std::size_t index) {
  return std::to_integer<std::uint64_t>(bytes[index]);
}

/// A number of `count` bytes, most significant first.
std::uint64_t big_endian(std::span<const std::byte> bytes, std::size_t offset, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = (value << 8) | byte_at(bytes, offset + i);
  return value;
}

std::string_view text_at(std::span<const std::byte> bytes, std::size_t offset) {
  return {reinterpret_cast<const char*>(bytes.data()) + offset, 4};
}

/// One EBML element's head: where its body starts and how long it is; no size where unknown.
struct Element {
  std::uint64_t id = 0;
  std::size_t body = 0;
  std::optional<std::uint64_t> size;
};

// RFC 8794 §4 and §5: an id of 1 to 4 bytes, a length of 1 to 8, each led by its own width in
// unary; a length of all ones is unknown.
std::optional<Element> element_at(std::span<const std::byte> head, std::size_t offset) {
  if (offset >= head.size()) return std::nullopt;
  const auto id_width =
      static_cast<std::size_t>(std::countl_zero(std::to_integer<std::uint8_t>(head[offset])) + 1);
  if (id_width > 4 || offset + id_width >= head.size()) return std::nullopt;
  const std::size_t at = offset + id_width;
  const auto width =
      static_cast<std::size_t>(std::countl_zero(std::to_integer<std::uint8_t>(head[at])) + 1);
  if (width > 8 || at + width > head.size()) return std::nullopt;
  const std::uint64_t mask = (std::uint64_t{1} << (7 * width)) - 1;
  const std::uint64_t size = big_endian(head, at, width) & mask;
  Element element{.id = big_endian(head, offset, id_width), .body = at + width};
  if (size != mask) element.size = size;
  return element;
}

std::optional<std::uint64_t> matroska_end(std::span<const std::byte> head) {
  constexpr std::uint64_t kSegment = 0x18538067;
  std::size_t offset = 0;
  for (;;) {
    const auto element = element_at(head, offset);
    if (!element || !element->size) return std::nullopt;
    if (element->id == kSegment) return element->body + *element->size;
    if (*element->size > head.size()) return std::nullopt;
    offset = element->body + static_cast<std::size_t>(*element->size);
  }
}

std::optional<std::uint64_t> riff_end(std::span<const std::byte> head) {
  if (head.size() < 12 || text_at(head, 0) != "RIFF") return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 4;) size = (size << 8) | byte_at(head, i);
  // A pipe's writer leaves 0, or a number near one of the two ends of 32 bits.
  if (size == 0 || size >= 0x7FFF'0000) return std::nullopt;
  return size + 8;
}

}  // namespace

std::optional<std::uint64_t> declared_end(std::string_view container,
                                          std::span<const std::byte> head) {
  if (container == "matroska,webm") return matroska_end(head);
  if (container == "avi") return riff_end(head);
  return std::nullopt;
}

bool has_index_in_front(std::span<const std::byte> head) {
  // ISO/IEC 14496-12 §4.2: boxes of a 32-bit size and a four-letter type, 64-bit where size is 1.
  std::size_t offset = 0;
  while (offset + 16 <= head.size()) {
    const std::string_view type = text_at(head, offset + 4);
    if (type == "moov") return true;
    if (type == "mdat") return false;
    std::uint64_t size = big_endian(head, offset, 4);
    if (size == 1) size = big_endian(head, offset + 8, 8);
    if (size < 8 || size > head.size()) return false;
    offset += static_cast<std::size_t>(size);
  }
  return false;
}

}  // namespace sotto::media
