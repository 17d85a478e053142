#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "platform/crypto/internal/aes_gcm.h"
#include "platform/crypto/stream.h"

namespace sotto::crypto::internal {

/// The header of a stream: magic, version, and the prefix of its nonces.
struct StreamHeader {
  static constexpr std::size_t kPrefixSize = 7;
  using Bytes = std::array<std::byte, kStreamHeaderSize>;

  std::array<std::byte, kPrefixSize> prefix{};

  static StreamHeader make(Random& random);
  /// "crypto.stream_unknown", "crypto.stream_version".
  static Result<StreamHeader> parse(std::span<const std::byte> bytes);
  Bytes bytes() const;
};

/// Seals and opens the chunks of one stream: the place of a chunk and whether it is the last are in
/// its nonce, the header and the context in its associated data. One thread at a time.
class ChunkCipher {
 public:
  ChunkCipher(const Key& key, const StreamHeader& header, std::string_view context);

  void seal(std::uint64_t index, bool is_last, std::span<const std::byte> plain,
            std::span<std::byte> sealed);
  bool open(std::uint64_t index, bool is_last, std::span<const std::byte> sealed,
            std::span<std::byte> plain);

 private:
  AesGcm::Nonce nonce(std::uint64_t index, bool is_last) const;

  AesGcm cipher_;
  const StreamHeader header_;
  std::vector<std::byte> aad_;
};

}  // namespace sotto::crypto::internal
