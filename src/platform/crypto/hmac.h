#pragma once

#include <string_view>

#include "platform/crypto/key.h"
#include "platform/crypto/sha256.h"

namespace sotto::crypto {

/// HMAC-SHA256 (RFC 2104). `key` may have any size.
Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

/// HKDF-SHA256 (RFC 5869): 32 bytes out of `secret`, others for each `info`. `salt` may be empty.
Key hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info);

/// The same into `out`, which holds at most 255 * 32 bytes.
void hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info,
                 std::span<std::byte> out);

}  // namespace sotto::crypto
