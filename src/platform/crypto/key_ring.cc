#include "platform/crypto/key_ring.h"

#include <algorithm>
#include <sodium.h>
#include <span>
#include <utility>

#include "platform/crypto/constant_time.h"
#include "platform/crypto/hex.h"
#include "platform/crypto/hmac.h"
#include "platform/crypto/internal/aes_gcm.h"

namespace sotto::crypto {
namespace {

using internal::AesGcm;

// What is sealed: version, id of the master key, salt, ciphertext, tag.
constexpr auto kVersion = std::byte{1};
constexpr std::size_t kIdSize = std::tuple_size_v<decltype(KeyId::bytes)>;
constexpr std::size_t kSaltSize = 24;
constexpr std::size_t kHeadSize = 1 + kIdSize + kSaltSize;
constexpr std::size_t kOverhead = kHeadSize + AesGcm::kTagSize;

constexpr std::string_view kIdInfo = "sotto 1 key id";
constexpr std::string_view kCheckInfo = "sotto 1 key check";
constexpr std::string_view kSealInfo = "sotto 1 seal";
constexpr std::string_view kPurposeInfo = "sotto 1 purpose ";

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::span<std::byte> as_writable_bytes(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

Error damaged() {
  return Error(ErrorCode::kDataLoss, "crypto.sealed_damaged",
               "A stored secret is damaged or does not belong where it was found.");
}

/// A key for one sealing alone: with 24 random bytes in it there is no count of sealings above
/// which a nonce might come twice, as there would be (2^32) under the master key itself.
Key sealing_key(const Key& master, std::string_view head) {
  return hkdf_sha256(master.reveal(), head.substr(1 + kIdSize), kSealInfo);
}

std::string aad_of(std::string_view head, std::string_view context) {
  return std::string(head).append(context);
}

std::string check_value_of(const Key& key) {
  return to_hex(hkdf_sha256(key.reveal(), {}, kCheckInfo).bytes().first<16>());
}

Key derive_from(const Key& key, std::string_view purpose) {
  return hkdf_sha256(key.reveal(), {}, std::string(kPurposeInfo).append(purpose));
}

}  // namespace

KeyId KeyId::of(const Key& key) {
  KeyId id;
  hkdf_sha256(key.reveal(), {}, kIdInfo, id.bytes);
  return id;
}

std::string KeyId::to_string() const { return to_hex(bytes); }

KeyRing::KeyRing(Key current, std::vector<Key> old) {
  entries_.push_back({KeyId::of(current), std::move(current)});
  for (Key& key : old) {
    const KeyId id = KeyId::of(key);
    if (!find(id)) entries_.push_back({id, std::move(key)});
  }
}

std::vector<KeyId> KeyRing::ids() const {
  std::vector<KeyId> ids;
  ids.reserve(entries_.size());
  for (const Entry& entry : entries_) ids.push_back(entry.id);
  return ids;
}

std::string KeyRing::wrap(const Key& key, std::string_view context, Random& random) const {
  return seal_bytes(key.reveal(), context, random);
}

Result<Key> KeyRing::unwrap(std::string_view wrapped, std::string_view context) const {
  SOTTO_ASSIGN(const Secret secret, open(wrapped, context));
  if (secret.reveal().size() != Key::kSize) return damaged();
  return Key{std::span<const std::byte, Key::kSize>(as_bytes(secret.reveal()))};
}

Result<std::string> KeyRing::seal(const Secret& secret, std::string_view context,
                                  Random& random) const {
  if (secret.reveal().size() > kSealMax)
    return Error(ErrorCode::kTooLarge, "crypto.seal_too_large",
                 "The secret is larger than " + std::to_string(kSealMax) + " bytes.");
  return seal_bytes(secret.reveal(), context, random);
}

Result<Secret> KeyRing::open(std::string_view sealed, std::string_view context) const {
  SOTTO_ASSIGN(const Entry* const entry, find_for(sealed));
  const std::string_view head = sealed.substr(0, kHeadSize);
  std::string plain(sealed.size() - kOverhead, '\0');
  AesGcm cipher(sealing_key(entry->key, head));
  if (!cipher.open(AesGcm::Nonce{}, as_bytes(aad_of(head, context)),
                   as_bytes(sealed.substr(kHeadSize)), as_writable_bytes(plain)))
    return damaged();
  Secret secret(plain);
  ::sodium_memzero(plain.data(), plain.size());
  return secret;
}

Result<std::string> KeyRing::rewrap(std::string_view sealed, std::string_view context,
                                    Random& random) const {
  SOTTO_ASSIGN(const Entry* const entry, find_for(sealed));
  // Opened in any case, so that a rotation finds what is damaged.
  SOTTO_ASSIGN(const Secret secret, open(sealed, context));
  if (entry == &entries_.front()) return std::string(sealed);
  return seal_bytes(secret.reveal(), context, random);
}

Key KeyRing::derive(std::string_view purpose) const {
  return derive_from(entries_.front().key, purpose);
}

Result<Key> KeyRing::derive(std::string_view purpose, const KeyId& id) const {
  SOTTO_ASSIGN(const Entry* const entry, find(id));
  return derive_from(entry->key, purpose);
}

std::string KeyRing::check_value() const { return check_value_of(entries_.front().key); }

Result<> KeyRing::verify_check_value(std::string_view value) const {
  for (const Entry& entry : entries_)
    if (equal_in_constant_time(check_value_of(entry.key), value)) return {};
  return Error(ErrorCode::kPreconditionFailed, "crypto.master_key_wrong",
               "The master key is not the one that the data was encrypted with. Put the right one "
               "in its place; this one has the ID " +
                   current_id().to_string() + ".");
}

Result<const KeyRing::Entry*> KeyRing::find(const KeyId& id) const {
  for (const Entry& entry : entries_)
    if (entry.id == id) return &entry;
  std::string known;
  for (const Entry& entry : entries_) {
    if (!known.empty()) known += ", ";
    known += entry.id.to_string();
  }
  return Error(ErrorCode::kDataLoss, "crypto.key_unknown",
               "This was encrypted with the master key " + id.to_string() +
                   ", which is not here; present: " + known + ".");
}

Result<const KeyRing::Entry*> KeyRing::find_for(std::string_view sealed) const {
  const auto bytes = as_bytes(sealed);
  if (bytes.size() < kOverhead || bytes.size() > kOverhead + kSealMax || bytes[0] != kVersion)
    return damaged();
  KeyId id;
  std::ranges::copy(bytes.subspan(1, kIdSize), id.bytes.begin());
  return find(id);
}

std::string KeyRing::seal_bytes(std::string_view plain, std::string_view context,
                                Random& random) const {
  const Entry& entry = entries_.front();
  std::string sealed(plain.size() + kOverhead, '\0');
  const auto bytes = as_writable_bytes(sealed);
  bytes[0] = kVersion;
  std::ranges::copy(entry.id.bytes, bytes.begin() + 1);
  random.fill(bytes.subspan(1 + kIdSize, kSaltSize));
  const std::string_view head = std::string_view(sealed).substr(0, kHeadSize);
  AesGcm cipher(sealing_key(entry.key, head));
  cipher.seal(AesGcm::Nonce{}, as_bytes(aad_of(head, context)), as_bytes(plain),
              bytes.subspan(kHeadSize));
  return sealed;
}

}  // namespace sotto::crypto
