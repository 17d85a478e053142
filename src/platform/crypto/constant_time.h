#pragma once

#include <string_view>

namespace sotto::crypto {

/// Whether both hold the same bytes, in a time that tells nothing about where they differ. The time
/// does depend on the sizes, which are no secret. For keys, tokens, hashes and check values.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace sotto::crypto
