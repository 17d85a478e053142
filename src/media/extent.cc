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
      std::size_t{1} +
      static_cast<unsigned>(std::countl_zero(std::to_integer<std::uint8_t>(head[offset])));
  if (id_width > 4 || offset + id_width >= head.size()) return std::nullopt;
  const std::size_t at = offset + id_width;
  const auto width =
      std::size_t{1} +
      static_cast<unsigned>(std::countl_zero(std::to_integer<std::uint8_t>(head[at])));
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

std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t offset,
                            std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = (value << 8) | byte_at(bytes, offset + i);
  return value;
}

/// A size, unless it is what a writer into a pipe leaves: 0, or a number near one of the two ends
/// of 32 bits.
std::optional<std::uint64_t> believable(std::uint64_t size) {
  constexpr std::uint64_t kSlack = 0x10000;
  const bool near_signed_end = size + kSlack > 0x7FFF'FFFF && size < 0x8000'0000 + kSlack;
  if (size == 0 || near_signed_end || size + kSlack > 0xFFFF'FFFF) return std::nullopt;
  return size;
}

bool is_riff(std::span<const std::byte> head) {
  return head.size() >= 12 && text_at(head, 0) == "RIFF";
}

std::optional<std::uint64_t> riff_end(std::span<const std::byte> head) {
  if (!is_riff(head)) return std::nullopt;
  const auto size = believable(little_endian(head, 4, 4));
  return size ? std::optional(*size + 8) : std::nullopt;
}

/// A WAV counts to the end of its data chunk: a player needs no more than that.
std::optional<std::uint64_t> wav_data_end(std::span<const std::byte> head) {
  if (!is_riff(head)) return std::nullopt;
  std::uint64_t offset = 12;
  while (offset + 8 <= head.size()) {
    const auto at = static_cast<std::size_t>(offset);
    const std::uint64_t size = little_endian(head, at + 4, 4);
    if (text_at(head, at) == "data") {
      const auto data_size = believable(size);
      return data_size ? std::optional(offset + 8 + *data_size) : std::nullopt;
    }
    offset += 8 + size + size % 2;  // Chunks lie on even offsets.
  }
  return std::nullopt;
}

/// ASF's File Properties Object says how long the file is (ASF specification §3.2).
std::optional<std::uint64_t> asf_end(std::span<const std::byte> head) {
  constexpr std::string_view kFileProperties(
      "\xA1\xDC\xAB\x8C\x47\xA9\xCF\x11\x8E\xE4\x00\xC0\x0C\x20\x53\x65", 16);
  std::uint64_t offset = 30;  // Behind the Header Object's own id, size, count and two bytes.
  while (offset + 48 <= head.size()) {
    const auto at = static_cast<std::size_t>(offset);
    const std::string_view id(reinterpret_cast<const char*>(head.data()) + at, 16);
    const std::uint64_t size = little_endian(head, at + 16, 8);
    if (id == kFileProperties) {
      const std::uint64_t file_size = little_endian(head, at + 40, 8);
      return file_size > 0 ? std::optional(file_size) : std::nullopt;
    }
    if (size < 24 || size > head.size()) return std::nullopt;
    offset += size;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> declared_end(std::string_view container,
                                          std::span<const std::byte> head) {
  if (container == "matroska,webm") return matroska_end(head);
  if (container == "avi") return riff_end(head);
  if (container == "asf") return asf_end(head);
  if (container == "wav") return wav_data_end(head);
  return std::nullopt;
}

// ISO/IEC 14496-12 §4.2: a 32-bit size and a four-letter type; the size has 64 bits behind the type
// where the first is 1, and reaches to the end of the file where it is 0.
std::optional<std::uint64_t> mp4_box_size(std::span<const std::byte> head) {
  if (head.size() < kBoxHeadSize) return std::nullopt;
  std::uint64_t size = big_endian(head, 0, 4);
  if (size == 1) size = big_endian(head, 8, 8);
  return size >= 8 ? std::optional(size) : std::nullopt;
}

bool is_mp4_fragment(std::span<const std::byte> head) {
  return head.size() >= 8 && text_at(head, 4) == "moof";
}

bool has_index_in_front(std::span<const std::byte> head) {
  std::size_t offset = 0;
  while (offset + kBoxHeadSize <= head.size()) {
    const std::string_view type = text_at(head, offset + 4);
    if (type == "moov") return true;
    const auto size = mp4_box_size(head.subspan(offset));
    if (type == "mdat" || !size || *size > head.size()) return false;
    offset += static_cast<std::size_t>(*size);
  }
  return false;
}

}  // namespace sotto::media
