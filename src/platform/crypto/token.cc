#include "platform/crypto/token.h"

#include <sodium.h>
#include <span>
#include <string>

#include "platform/crypto/base64url.h"
#include "platform/crypto/constant_time.h"
#include "platform/crypto/hmac.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t kBodySize = 43;      // 32 bytes in base64url.
constexpr std::size_t kCheckBytes = 4;     // One slip in four thousand million passes.
constexpr std::size_t kCheckTextSize = 6;  // Four bytes in base64url.

std::string check_text(std::string_view prefix_and_body) {
  const Sha256Digest digest = sha256(prefix_and_body);
  return to_base64url(std::span(digest).first(kCheckBytes));
}

Error malformed() {
  return Error(ErrorCode::kUnauthenticated, "crypto.token_malformed",
               "This is not a valid token: it is of another kind, cut off or mistyped.");
}

}  // namespace

Secret make_token(std::string_view prefix, Random& random) {
  return encode_token(prefix, Key::make(random));
}

Secret encode_token(std::string_view prefix, const Key& bytes) {
  std::string text;
  text.reserve(prefix.size() + kBodySize + kCheckTextSize);  // No copies in freed memory.
  text.append(prefix);
  std::string body = to_base64url(bytes.bytes());
  text.append(body);
  ::sodium_memzero(body.data(), body.size());
  text.append(check_text(text));
  Secret token(text);
  ::sodium_memzero(text.data(), text.size());
  return token;
}

Result<Key> parse_token(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + kBodySize + kCheckTextSize || !text.starts_with(prefix))
    return malformed();
  const std::string_view checked = text.substr(0, prefix.size() + kBodySize);
  if (!equal_in_constant_time(check_text(checked), text.substr(checked.size()))) return malformed();
  auto bytes = from_base64url(checked.substr(prefix.size()));
  if (!bytes || bytes->size() != Key::kSize) return malformed();
  Key key{std::span<const std::byte, Key::kSize>(*bytes)};
  ::sodium_memzero(bytes->data(), bytes->size());
  return key;
}

Sha256Digest hash_token(const Key& key, std::string_view text) {
  return hmac_sha256(key.reveal(), text);
}

}  // namespace sotto::crypto
