#include "platform/crypto/hmac.h"

#include <array>
#include <limits>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>
#include <string>

#include "base/check.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t kHkdfMax = std::size_t{255} * 32;  // RFC 5869 §2.3.

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the library only reads, and says so.
  return ::OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  SOTTO_CHECK(key.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  Sha256Digest digest{};
  unsigned int size = 0;
  // A null key would mean "the key of before" to the library.
  const char* const key_data = key.empty() ? "" : key.data();
  SOTTO_CHECK(::HMAC(::EVP_sha256(), key_data, static_cast<int>(key.size()), raw(message),
                     message.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     &size) != nullptr);
  SOTTO_CHECK(size == digest.size());
  return digest;
}

void hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info,
                 std::span<std::byte> out) {
  SOTTO_CHECK(!out.empty() && out.size() <= kHkdfMax);
  const std::unique_ptr<EVP_KDF, decltype(&::EVP_KDF_free)> kdf(
      ::EVP_KDF_fetch(nullptr, "HKDF", nullptr), &::EVP_KDF_free);
  SOTTO_CHECK(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&::EVP_KDF_CTX_free)> context(
      ::EVP_KDF_CTX_new(kdf.get()), &::EVP_KDF_CTX_free);
  SOTTO_CHECK(context != nullptr);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 5> params{
      ::OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, secret),
      octets(OSSL_KDF_PARAM_INFO, info),
      salt.empty() ? ::OSSL_PARAM_construct_end() : octets(OSSL_KDF_PARAM_SALT, salt),
      ::OSSL_PARAM_construct_end(),
  };
  SOTTO_CHECK(::EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                               out.size(), params.data()) == 1);
}

Key hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info) {
  std::array<std::byte, Key::kSize> bytes{};
  hkdf_sha256(secret, salt, info, bytes);
  Key key{std::span<const std::byte, Key::kSize>(bytes)};
  ::sodium_memzero(bytes.data(), bytes.size());
  return key;
}

}  // namespace sotto::crypto
