#include "platform/crypto/base64url.h"

#include <sodium.h>

#include "base/check.h"

namespace sotto::crypto {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string to_base64url(std::span<const std::byte> bytes) {
  std::string text(::sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  const auto* const raw = reinterpret_cast<const unsigned char*>(bytes.data());
  SOTTO_CHECK(::sodium_bin2base64(text.data(), text.size(), raw, bytes.size(), kVariant) !=
              nullptr);
  text.pop_back();  // The library ends it with a NUL.
  return text;
}

std::optional<std::vector<std::byte>> from_base64url(std::string_view text) {
  std::vector<std::byte> bytes(text.size() / 4 * 3 + 3);
  auto* const raw = reinterpret_cast<unsigned char*>(bytes.data());
  std::size_t size = 0;
  const char* end = nullptr;
  if (::sodium_base642bin(raw, bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                          kVariant) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace sotto::crypto
