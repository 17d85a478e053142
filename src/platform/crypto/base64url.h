#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::crypto {

/// Base64 with the alphabet that needs no escaping in a URL, without padding (RFC 4648 §5).
std::string to_base64url(std::span<const std::byte> bytes);

/// The bytes that to_base64url() gave `text` for; nothing for any other text (padding, blanks,
/// the other alphabet, bits left over), so that a value has one spelling.
std::optional<std::vector<std::byte>> from_base64url(std::string_view text);

}  // namespace sotto::crypto
