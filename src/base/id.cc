#include "base/id.h"

#include <span>

namespace sotto {
namespace {

constexpr std::size_t kTextSize = 36;
constexpr char kHex[] = "0123456789abcdef";

bool is_dash(std::size_t index) { return index == 8 || index == 13 || index == 18 || index == 23; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::make(const Clock& clock, Random& random) {
  Uuid uuid;
  random.fill(std::as_writable_bytes(std::span(uuid.bytes_)));
  auto milliseconds = static_cast<std::uint64_t>(clock.now().time_since_epoch().count());
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
    uuid.bytes_[i] = static_cast<std::uint8_t>(milliseconds & 0xff);
  uuid.bytes_[6] = static_cast<std::uint8_t>(0x70 | (uuid.bytes_[6] & 0x0f));  // Version 7.
  uuid.bytes_[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes_[8] & 0x3f));  // Variant.
  return uuid;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  const auto bad = [] {
    return Error(ErrorCode::kInvalidArgument, "base.bad_id",
                 "An id looks like 01890a5d-ac96-774b-bcce-b302099a8057.");
  };
  if (text.size() != kTextSize) return bad();
  Uuid uuid;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return bad();
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return bad();
    std::uint8_t& byte = uuid.bytes_[digit / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++digit;
  }
  return uuid;
}

Uuid Uuid::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
  Uuid uuid;
  uuid.bytes_ = bytes;
  return uuid;
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(kTextSize);
  for (const std::uint8_t byte : bytes_) {
    if (is_dash(text.size())) text += '-';
    text += kHex[byte >> 4];
    text += kHex[byte & 0x0f];
  }
  return text;
}

WallTime Uuid::created() const {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = (milliseconds << 8) | bytes_[i];
  return WallTime(std::chrono::milliseconds(milliseconds));
}

}  // namespace sotto
