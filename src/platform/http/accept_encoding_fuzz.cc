// Any Accept-Encoding: never refused identity and wanted a coding that it gave no weight.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/compression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::http::AcceptEncoding;
  using sotto::http::Coding;
  const std::string_view field(reinterpret_cast<const char*>(data), size);  // NOLINT
  const AcceptEncoding accepted = AcceptEncoding::parse(field);
  const auto chosen = accepted.choose({Coding::kBrotli, Coding::kGzip});
  if (chosen) SOTTO_CHECK(accepted.takes(*chosen));
  if (size > AcceptEncoding::kLengthMax) SOTTO_CHECK(!chosen && accepted.takes_identity());
  // Said again behind itself, each coding would come twice: nothing may be taken from it but the
  // body as it is.
  const std::string twice = std::string(field) + ',' + std::string(field);
  if (chosen && accepted.takes(Coding::kGzip) && field.find('*') == std::string_view::npos)
    SOTTO_CHECK(!AcceptEncoding::parse(twice).takes(Coding::kGzip));
  return 0;
}
