#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/cookie.h"

// Every pair that is taken can be set again as it is, and read back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::http::Cookies;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cookies = Cookies::parse({{"Cookie", text}});
  if (!cookies) return 0;
  SOTTO_CHECK(cookies->all().size() + cookies->malformed_count() <= Cookies::kCountMax);
  for (const auto& [name, value] : cookies->all()) {
    const std::string pair = std::string(name) + "=" + std::string(value);
    const auto again = Cookies::parse({{"Cookie", pair}});
    SOTTO_CHECK(again && again->all().size() == 1 && again->all().front().second == value);
    const auto set =
        sotto::http::to_field_value({.name = std::string(name), .value = std::string(value)});
    SOTTO_CHECK(set && set->starts_with(pair + ";"));
  }
  return 0;
}
