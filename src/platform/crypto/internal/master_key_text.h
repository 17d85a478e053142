#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "platform/crypto/key.h"

namespace sotto::crypto::internal {

/// So many keys at most are in a file: a rotation a month for five years.
inline constexpr std::size_t kMasterKeysMax = 64;

/// Master keys in their file's order: the current one first.
Result<std::vector<Key>> parse_master_key_text(std::string_view text);
Secret write_master_key_text(const std::vector<Key>& keys);

/// One key as in the file, or 64 hexadecimal digits; `where` is for the message.
Result<Key> parse_master_key(std::string_view text, std::string_view where);

Error master_key_malformed(std::string_view where, std::string_view what);

}  // namespace sotto::crypto::internal
