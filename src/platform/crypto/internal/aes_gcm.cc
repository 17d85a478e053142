#include "platform/crypto/internal/aes_gcm.h"

#include <limits>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.h"

namespace sotto::crypto::internal {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

int length(std::span<const std::byte> bytes) {
  SOTTO_CHECK(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(bytes.size());
}

}  // namespace

// A context for each direction, so that the key is expanded once and not for every chunk.
struct AesGcm::State {
  explicit State(const Key& key)
      : sealing(::EVP_CIPHER_CTX_new()), opening(::EVP_CIPHER_CTX_new()) {
    SOTTO_CHECK(sealing != nullptr && opening != nullptr);
    const unsigned char* const bytes = raw(key.bytes());
    SOTTO_CHECK(::EVP_EncryptInit_ex(sealing, ::EVP_aes_256_gcm(), nullptr, bytes, nullptr) == 1);
    SOTTO_CHECK(::EVP_DecryptInit_ex(opening, ::EVP_aes_256_gcm(), nullptr, bytes, nullptr) == 1);
  }
  ~State() {
    ::EVP_CIPHER_CTX_free(sealing);  // Wipes the key schedule.
    ::EVP_CIPHER_CTX_free(opening);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_CIPHER_CTX* const sealing;
  EVP_CIPHER_CTX* const opening;
};

AesGcm::AesGcm(const Key& key) : state_(std::make_unique<State>(key)) {}
AesGcm::~AesGcm() = default;

void AesGcm::seal(const Nonce& nonce, std::span<const std::byte> aad,
                  std::span<const std::byte> plain, std::span<std::byte> sealed) {
  SOTTO_CHECK(sealed.size() == plain.size() + kTagSize);
  EVP_CIPHER_CTX* const cipher = state_->sealing;
  int size = 0;
  SOTTO_CHECK(::EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, raw(nonce)) == 1);
  if (!aad.empty())
    SOTTO_CHECK(::EVP_EncryptUpdate(cipher, nullptr, &size, raw(aad), length(aad)) == 1);
  if (!plain.empty())
    SOTTO_CHECK(::EVP_EncryptUpdate(cipher, raw(sealed), &size, raw(plain), length(plain)) == 1);
  const auto tag = sealed.last(kTagSize);
  SOTTO_CHECK(::EVP_EncryptFinal_ex(cipher, raw(tag), &size) == 1 && size == 0);
  SOTTO_CHECK(::EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag.data()) == 1);
}

bool AesGcm::open(const Nonce& nonce, std::span<const std::byte> aad,
                  std::span<const std::byte> sealed, std::span<std::byte> plain) {
  SOTTO_CHECK(sealed.size() == plain.size() + kTagSize);
  EVP_CIPHER_CTX* const cipher = state_->opening;
  int size = 0;
  SOTTO_CHECK(::EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, raw(nonce)) == 1);
  if (!aad.empty())
    SOTTO_CHECK(::EVP_DecryptUpdate(cipher, nullptr, &size, raw(aad), length(aad)) == 1);
  const auto text = sealed.first(plain.size());
  if (!text.empty())
    SOTTO_CHECK(::EVP_DecryptUpdate(cipher, raw(plain), &size, raw(text), length(text)) == 1);
  std::array<std::byte, kTagSize> tag{};
  std::copy(sealed.end() - kTagSize, sealed.end(), tag.begin());
  SOTTO_CHECK(::EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
  std::array<unsigned char, kTagSize> rest{};
  if (::EVP_DecryptFinal_ex(cipher, rest.data(), &size) == 1) return true;
  // GCM decrypts before it knows: nobody may see what was not authentic.
  ::sodium_memzero(plain.data(), plain.size());
  return false;
}

}  // namespace sotto::crypto::internal
