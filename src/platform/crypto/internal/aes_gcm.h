#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "platform/crypto/key.h"

namespace sotto::crypto::internal {

/// AES-256-GCM (NIST SP 800-38D) under one key: 12-byte nonces, 16-byte tags behind the text.
/// A nonce may never be used twice for sealing; whoever calls chooses a scheme that makes sure.
/// One thread at a time; nothing waits, and only open() can fail.
class AesGcm {
 public:
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;
  using Nonce = std::array<std::byte, kNonceSize>;

  explicit AesGcm(const Key& key);
  ~AesGcm();
  AesGcm(const AesGcm&) = delete;
  AesGcm& operator=(const AesGcm&) = delete;

  /// `sealed` has room for `plain` and the tag, and does not overlap it.
  void seal(const Nonce& nonce, std::span<const std::byte> aad, std::span<const std::byte> plain,
            std::span<std::byte> sealed);
  /// False, with `plain` wiped, where a bit of anything differs from what was sealed.
  bool open(const Nonce& nonce, std::span<const std::byte> aad, std::span<const std::byte> sealed,
            std::span<std::byte> plain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sotto::crypto::internal
