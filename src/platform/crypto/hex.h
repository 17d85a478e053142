#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::crypto {

/// Two lower-case hexadecimal digits a byte.
std::string to_hex(std::span<const std::byte> bytes);

/// The bytes that to_hex() gave `text` for; nothing for any other text, upper case included, so
/// that a value has one spelling.
std::optional<std::vector<std::byte>> from_hex(std::string_view text);

}  // namespace sotto::crypto
