#include "platform/http/conditions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "platform/http/compression.h"
#include "platform/http/internal/stream.h"
#include "platform/http/problem.h"

namespace sotto::http {
namespace {

constexpr std::array<Coding, 2> kCodings{Coding::kGzip, Coding::kBrotli};

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

/// The coding whose form of `etag` that is: "a~br" of "a".
std::optional<Coding> coded_form(std::string_view candidate, std::string_view etag) {
  if (!etag.ends_with('"') || etag.starts_with("W/") || !candidate.ends_with('"'))
    return std::nullopt;
  etag.remove_suffix(1);
  candidate.remove_suffix(1);
  if (!candidate.starts_with(etag)) return std::nullopt;
  candidate.remove_prefix(etag.size());
  for (const Coding coding : kCodings)
    if (candidate == etag_suffix(coding)) return coding;
  return std::nullopt;
}

/// The first of a list that names what `etag` does, in whatever coding it was sent.
std::optional<std::string_view> find_etag(std::string_view list, std::string_view etag, bool weak) {
  std::optional<std::string_view> found;
  // Our own tags hold no comma, so a list of foreign ones may be split anywhere.
  for_each_token(list, [&](std::string_view candidate) {
    if (found) return;
    const std::string_view bare = weak ? without_weakness(candidate) : candidate;
    const bool same = bare == (weak ? without_weakness(etag) : etag);
    if (same || coded_form(bare, etag)) found = bare;
  });
  return found;
}

/// All If-Match fields as one list (RFC 9110 §5.3); nothing where none was sent.
std::optional<std::string> if_match_of(const Request& request) {
  std::optional<std::string> all;
  for (const Field& field : request.head.fields) {
    if (!equals_ignoring_case(field.name, "If-Match")) continue;
    if (all)
      all->append(",").append(field.value);
    else
      all = field.value;
  }
  return all;
}

Error precondition_failed(std::string_view etag) {
  std::string message = "If-Match does not name what is there now: ";
  message += etag.empty() ? "nothing is." : "its entity tag is " + std::string(etag) + '.';
  if (etag.starts_with("W/")) message += " Only \"*\" matches a weak one.";
  return Error(ErrorCode::kPreconditionFailed, "http.precondition_failed", std::move(message));
}

void apply_range(const Request& request, Response& response, std::string_view field) {
  const auto if_range = request.field("If-Range");
  // Byte for byte the same: what was sent in some coding cannot be gone on with in ours.
  const bool is_strong = !response.etag.empty() && !response.etag.starts_with("W/");
  if (if_range && !(is_strong && *if_range == response.etag)) return;
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
  return find_etag(list, etag, weak).has_value();
}

Result<> check_if_match(const Request& request, std::string_view current_etag, IfMatchNeed need) {
  const auto list = if_match_of(request);
  if (!list) {
    if (need == IfMatchNeed::kOptional) return {};
    return Error(ErrorCode::kPreconditionFailed, "http.precondition_required",
                 "The request must say in If-Match which state it changes: the ETag that it was "
                 "read with.");
  }
  if (!current_etag.empty() && matches_etag(*list, current_etag, false)) return {};
  return precondition_failed(current_etag);
}

void apply_conditions(const Request& request, Response& response) {
  const bool reads = request.method() == Method::kGet || request.method() == Method::kHead;
  if (!reads || response.status != 200) return;
  if (!response.etag.empty()) {
    if (const auto matched = check_if_match(request, response.etag); !matched) {
      internal::abandon_stream(response);  // Who makes it learns that nobody will read it.
      response = problem(matched.error(), request.id);
      return;
    }
  }
  if (response.allows_ranges) response.with("Accept-Ranges", "bytes");
  if (!response.etag.empty()) {
    const auto none_match = request.field("If-None-Match");
    if (none_match && matches_etag(*none_match, response.etag, true)) {
      const auto held = find_etag(*none_match, response.etag, true);
      const auto coding = held ? coded_form(*held, response.etag) : std::nullopt;
      // A cache may ask for a client that cannot read what another one was sent.
      if (coding && !AcceptEncoding::of(request.head.fields).takes(*coding)) return;
      // Said as the client holds it, or it would not know which of its copies is meant.
      if (held && coding) response.etag = std::string(*held);
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
