// Whatever is in a master key file: it parses to keys that are written to an equal file, or it is
// refused with a message.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "platform/crypto/internal/master_key_text.h"
#include "platform/crypto/master_key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;  // NOLINT(google-build-using-namespace): one function, one file.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto keys = crypto::internal::parse_master_key_text(text);
  if (!keys) {
    SOTTO_CHECK(keys.error().reason() == "crypto.master_key_malformed");
    SOTTO_CHECK(!keys.error().message().empty());
  } else {
    const Secret written = crypto::internal::write_master_key_text(*keys);
    const auto again = crypto::internal::parse_master_key_text(written.reveal());
    SOTTO_CHECK(again && again->size() == keys->size());
    for (std::size_t i = 0; i < keys->size(); ++i)
      SOTTO_CHECK((*again)[i].reveal() == (*keys)[i].reveal());
  }
  (void)crypto::master_keys_from_secret(Secret(std::string(text)));  // Must only not break.
  return 0;
}
