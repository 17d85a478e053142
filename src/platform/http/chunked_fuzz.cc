#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/chunked.h"

namespace {

/// The body, "" where it is refused or incomplete, with the outcome in front.
std::string decode(std::string_view bytes, std::size_t piece) {
  sotto::http::ChunkedDecoder decoder;
  std::string body;
  while (!bytes.empty() && !decoder.done()) {
    const auto step = decoder.feed(bytes.substr(0, piece));
    if (!step) return "refused";
    SOTTO_CHECK(step->consumed > 0);
    body.append(step->data);
    bytes.remove_prefix(step->consumed);
  }
  return (decoder.done() ? "done " : "open ") + body;
}

}  // namespace

// However a body is cut into pieces, it decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = decode(bytes, std::max<std::size_t>(size, 1));
  SOTTO_CHECK(whole == decode(bytes, 1));
  SOTTO_CHECK(whole == decode(bytes, 7));
  return 0;
}
