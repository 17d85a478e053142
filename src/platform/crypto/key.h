#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/random.h"

namespace sotto::crypto {

/// 32 secret bytes: a key of AES-256 or HMAC-SHA256, or what is inside a token. Wiped when it goes;
/// neither copied nor printed nor compared with == on purpose (constant_time.h compares).
class Key {
 public:
  static constexpr std::size_t kSize = 32;

  /// Fresh from `random`.
  static Key make(Random& random);
  explicit Key(std::span<const std::byte, kSize> bytes);
  ~Key();
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  Key(Key&& other) noexcept;
  Key& operator=(Key&& other) noexcept;

  std::span<const std::byte, kSize> bytes() const { return bytes_; }
  /// The same bytes for functions that take text.
  std::string_view reveal() const;

 private:
  Key() = default;

  std::array<std::byte, kSize> bytes_{};
};

}  // namespace sotto::crypto
