// No text is taken for a token but those that encode_token() writes.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "platform/crypto/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bytes = sotto::crypto::parse_token("sotto_k_", text);
  if (bytes) SOTTO_CHECK(sotto::crypto::encode_token("sotto_k_", *bytes).reveal() == text);
  return 0;
}
