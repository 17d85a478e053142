#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto::crypto::internal {

/// What an encoded hash says about its cost.
struct Argon2Cost {
  std::uint64_t memory_kib = 0;
  std::uint32_t passes = 0;
  std::uint32_t lanes = 0;
};

/// The cost in "$argon2id$v=19$m=65536,t=3,p=1$salt$hash"; nothing for another form.
std::optional<Argon2Cost> parse_argon2_cost(std::string_view encoded);

}  // namespace sotto::crypto::internal
