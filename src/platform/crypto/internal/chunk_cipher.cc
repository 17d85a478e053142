#include "platform/crypto/internal/chunk_cipher.h"

#include <algorithm>
#include <limits>

namespace sotto::crypto::internal {
namespace {

constexpr std::string_view kMagic = "SOTTOENC";
constexpr auto kVersion = std::byte{1};

}  // namespace

StreamHeader StreamHeader::make(Random& random) {
  StreamHeader header;
  random.fill(header.prefix);
  return header;
}

Result<StreamHeader> StreamHeader::parse(std::span<const std::byte> bytes) {
  const auto magic = std::as_bytes(std::span(kMagic));
  if (bytes.size() < kStreamHeaderSize || !std::ranges::equal(bytes.first(magic.size()), magic))
    return Error(ErrorCode::kDataLoss, "crypto.stream_unknown",
                 "This is not one of Sotto's encrypted files, or its beginning is damaged.");
  if (bytes[magic.size()] != kVersion)
    return Error(
        ErrorCode::kUnsupported, "crypto.stream_version",
        "The file was encrypted by a newer version of Sotto, or its beginning is damaged.");
  StreamHeader header;
  std::ranges::copy(bytes.subspan(magic.size() + 1, kPrefixSize), header.prefix.begin());
  return header;
}

StreamHeader::Bytes StreamHeader::bytes() const {
  Bytes bytes{};
  auto next = std::ranges::copy(std::as_bytes(std::span(kMagic)), bytes.begin()).out;
  *next++ = kVersion;
  std::ranges::copy(prefix, next);
  return bytes;
}

ChunkCipher::ChunkCipher(const Key& key, const StreamHeader& header, std::string_view context)
    : cipher_(key), header_(header) {
  const auto bytes = header.bytes();
  aad_.assign(bytes.begin(), bytes.end());
  const auto words = std::as_bytes(std::span(context));
  aad_.insert(aad_.end(), words.begin(), words.end());
}

void ChunkCipher::seal(std::uint64_t index, bool is_last, std::span<const std::byte> plain,
                       std::span<std::byte> sealed) {
  cipher_.seal(nonce(index, is_last), aad_, plain, sealed);
}

bool ChunkCipher::open(std::uint64_t index, bool is_last, std::span<const std::byte> sealed,
                       std::span<std::byte> plain) {
  return cipher_.open(nonce(index, is_last), aad_, sealed, plain);
}

AesGcm::Nonce ChunkCipher::nonce(std::uint64_t index, bool is_last) const {
  SOTTO_CHECK(index <= std::numeric_limits<std::uint32_t>::max());  // Or a nonce came twice.
  AesGcm::Nonce nonce{};
  auto next = std::ranges::copy(header_.prefix, nonce.begin()).out;
  for (int shift = 24; shift >= 0; shift -= 8) *next++ = static_cast<std::byte>(index >> shift);
  *next = static_cast<std::byte>(is_last);
  return nonce;
}

}  // namespace sotto::crypto::internal
