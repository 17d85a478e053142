// What decodes must be valid, and must survive being written and read again.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "transcript/codec.h"
#include "transcript/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::transcript;  // NOLINT(google-build-using-namespace): one function.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ImportLimits limits{.bytes_max = 1 << 16, .segments_max = 1000};
  const sotto::Result<Transcript> decoded = decode_vtt(text, limits);
  if (!decoded) {
    SOTTO_CHECK(!decoded.error().message().empty());
    return 0;
  }
  SOTTO_CHECK(validate(decoded.value()).has_value());
  const sotto::Result<Transcript> again = decode_vtt(encode(decoded.value(), Format::kVtt));
  SOTTO_CHECK(again.has_value());
  SOTTO_CHECK(again.value().segments.empty() == decoded.value().segments.empty());
  return 0;
}
