// What parses must survive being written and read again, and the bounds must hold for any bytes.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "platform/wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;  // NOLINT(google-build-using-namespace): one function, one file.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const wire::JsonLimits limits{.bytes_max = 1 << 16, .depth_max = 16, .values_max = 1000};
  const Result<wire::Json> value = wire::parse_json(text, limits);
  if (!value) {
    SOTTO_CHECK(!value.error().message().empty());
    return 0;
  }
  // Escapes may make the text longer, so the second reading has the ordinary bound in bytes.
  const Result<wire::Json> again =
      wire::parse_json(wire::to_text(value.value()), {.depth_max = 16, .values_max = 1000});
  SOTTO_CHECK(again.has_value());
  SOTTO_CHECK(again.value() == value.value());
  return 0;
}
