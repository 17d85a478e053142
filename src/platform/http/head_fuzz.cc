#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "platform/http/head.h"
#include "platform/http/target.h"

// A head that is found must be taken or refused, and one that is taken must be framed in one way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = sotto::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const http::HeadLimits limits{.request_line_max = 256, .head_max = 2048, .field_count_max = 20};
  const auto found = http::find_head(bytes, 0, limits);
  if (!found || !found->has_value()) return 0;
  const std::optional<std::size_t>& end = *found;
  const std::size_t head_size = end ? *end : 0;
  SOTTO_CHECK(head_size <= size && head_size <= limits.head_max);
  http::RequestHead head;
  if (!http::parse_head(bytes.substr(0, head_size), limits, head)) return 0;
  SOTTO_CHECK(!(head.framing.chunked && head.framing.content_length > 0));
  SOTTO_CHECK(head.fields.size() <= limits.field_count_max);
  SOTTO_CHECK(head.target.starts_with('/'));
  for (const http::Field& field : head.fields) SOTTO_CHECK(http::is_token(field.name));
  const auto target = http::Target::parse(head.target);
  if (!target) return 0;
  for (const auto& segment : target->segments())
    SOTTO_CHECK(segment != ".." && segment.find('/') == std::string::npos);
  return 0;
}
