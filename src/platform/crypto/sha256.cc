#include "platform/crypto/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace sotto::crypto {

struct Sha256::State {
  State() : context(::EVP_MD_CTX_new()) {
    SOTTO_CHECK(context != nullptr);
    start();
  }
  ~State() { ::EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start() const { SOTTO_CHECK(::EVP_DigestInit_ex(context, ::EVP_sha256(), nullptr) == 1); }

  EVP_MD_CTX* const context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  SOTTO_CHECK(::EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  unsigned int size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  SOTTO_CHECK(::EVP_DigestFinal_ex(state_->context, out, &size) == 1 && size == digest.size());
  state_->start();
  return digest;
}

Sha256Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace sotto::crypto
