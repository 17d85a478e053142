#include "platform/http/conditions.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "platform/http/problem.h"

namespace sotto::http {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

Error not_satisfiable(std::uint64_t size) {
  return Error(ErrorCode::kInvalidArgument, "http.range_not_satisfiable",
               "The range begins behind the end: there are " + std::to_string(size) + " bytes.");
}

std::string_view without_weakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

void apply_range(const Request& request, Response& response, std::string_view field) {
  const auto if_range = request.field("If-Range");
  if (if_range && !(matches_etag(*if_range, response.etag, false) && *if_range != "*")) return;
  const std::uint64_t size = response.view ? response.view->size() : response.body.size();
  const auto range = parse_range(field, size);
  if (!range) {
    response = problem(range.error(), request.id);
    response.with("Content-Range", "bytes */" + std::to_string(size));
    return;
  }
  const std::optional<ByteRange>& found = *range;
  if (!found) return;
  const ByteRange& wanted = *found;
  response.status = 206;
  response.with("Content-Range", "bytes " + std::to_string(wanted.first) + '-' +
                                     std::to_string(wanted.first + wanted.count - 1) + '/' +
                                     std::to_string(size));
  if (response.view) {
    response.view_first = wanted.first;
    response.view_count = wanted.count;
  } else {
    response.body = response.body.substr(static_cast<std::size_t>(wanted.first),
                                         static_cast<std::size_t>(wanted.count));
  }
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::optional<ByteRange> ignored;
  if (field.size() < kUnit.size() || !equals_ignoring_case(field.substr(0, kUnit.size()), kUnit))
    return ignored;
  const std::string_view range = trim(field.substr(kUnit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return ignored;
  const auto first = parse_number(range.substr(0, dash));
  const auto last = parse_number(range.substr(dash + 1));
  if (dash == 0) {  // The last bytes.
    if (!last) return ignored;
    if (*last == 0 || size == 0) return not_satisfiable(size);
    const std::uint64_t count = std::min(*last, size);
    return std::optional(ByteRange{.first = size - count, .count = count});
  }
  const bool open_end = dash + 1 == range.size();
  if (!first || (!last && !open_end) || (last && *last < *first)) return ignored;
  if (*first >= size) return not_satisfiable(size);
  const std::uint64_t end = open_end ? size - 1 : std::min(*last, size - 1);
  return std::optional(ByteRange{.first = *first, .count = end - *first + 1});
}

bool matches_etag(std::string_view list, std::string_view etag, bool weak) {
  if (trim(list) == "*") return true;
  if (etag.empty() || (!weak && etag.starts_with("W/"))) return false;
  bool found = false;
  // Our own tags hold no comma, so a list of foreign ones may be split anywhere.
  for_each_token(list, [&](std::string_view candidate) {
    found |= weak ? without_weakness(candidate) == without_weakness(etag) : candidate == etag;
  });
  return found;
}

void apply_conditions(const Request& request, Response& response) {
  const bool reads = request.method() == Method::kGet || request.method() == Method::kHead;
  if (!reads || response.status != 200) return;
  if (response.allows_ranges) response.with("Accept-Ranges", "bytes");
  if (!response.etag.empty()) {
    const auto none_match = request.field("If-None-Match");
    if (none_match && matches_etag(*none_match, response.etag, true)) {
      response.status = 304;
      response.body.clear();
      response.view.reset();
      return;
    }
  }
  const auto range = request.field("Range");
  if (range && response.allows_ranges && request.method() == Method::kGet)
    apply_range(request, response, *range);
}

}  // namespace sotto::http
