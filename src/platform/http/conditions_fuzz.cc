#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/conditions.h"

namespace {

using sotto::http::Field;
using sotto::http::Request;
using sotto::http::Response;

/// What GET of ten bytes gives with these fields.
Response answer(std::vector<Field> fields) {
  Request request;
  request.head.fields = std::move(fields);
  Response response = Response::text("0123456789");
  response.etag = "\"tag\"";
  response.allows_ranges = true;
  sotto::http::apply_conditions(request, response);
  return response;
}

}  // namespace

// A range lies inside of what there is, and what is sent is that range. The first byte says which
// field the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const std::uint64_t total :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10}, UINT64_MAX}) {
    const auto range = sotto::http::parse_range(text, total);
    if (!range || !*range) continue;
    SOTTO_CHECK((*range)->count > 0 && (*range)->first < total);
    SOTTO_CHECK((*range)->count <= total - (*range)->first);
  }
  switch (data[0] % 4) {
    case 0: {
      const Response response = answer({{"Range", text}});
      const bool whole = response.status == 200 && response.body.size() == 10;
      const bool part = response.status == 206 && !response.body.empty() &&
                        std::string_view("0123456789").find(response.body) != std::string::npos;
      SOTTO_CHECK(whole || part || response.status == 416);
      break;
    }
    case 1: {
      const Response response = answer({{"If-None-Match", text}});
      SOTTO_CHECK(response.status == 200 || (response.status == 304 && response.body.empty()));
      break;
    }
    case 3: {
      const Response response = answer({{"If-Match", text}});
      SOTTO_CHECK(response.status == 412 || response.body == "0123456789");
      break;
    }
    default: {
      const Response response = answer({{"Range", "bytes=2-3"}, {"If-Range", text}});
      SOTTO_CHECK(response.status == 200 || (response.status == 206 && response.body == "23"));
    }
  }
  return 0;
}
