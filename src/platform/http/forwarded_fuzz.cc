#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "platform/http/forwarded.h"

// Whatever a trusted proxy passes on: an address comes out of it that prints and parses again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = sotto::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto trusted = http::AddressBlock::parse("10.0.0.0/8");
  const auto peer = http::Address::parse("10.0.0.1");
  SOTTO_CHECK(trusted && peer);
  for (const char* name : {"Forwarded", "X-Forwarded-For"}) {
    const auto client = http::forwarded_client(*peer, {{name, text}}, {*trusted});
    if (client) SOTTO_CHECK(http::Address::parse(client->address.to_string()) == client->address);
  }
  return 0;
}
