#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/http/request.h"
#include "platform/http/response.h"

namespace sotto::http {

/// A run of bytes.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The one range that a Range field asks of `size` bytes (RFC 9110 §14): "bytes=0-99",
/// "bytes=100-", "bytes=-100". Nothing where the field is to be ignored: another unit, several
/// ranges, malformed. "http.range_not_satisfiable" where no byte of it exists.
Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t size);

/// Whether an entity tag is in a list of them, or the list is "*" (RFC 9110 §13.1). `weak` takes
/// W/"a" and "a" for the same, as If-None-Match does; If-Match does not. What was sent in a coding
/// ("a~br") is "a" to both: the same state of the same thing.
bool matches_etag(std::string_view list, std::string_view etag, bool weak);

/// Whether a request may change something without saying which state of it the client has seen.
enum class IfMatchNeed : std::uint8_t { kOptional, kRequired };

/// For handlers, before they change something whose state now has that entity tag; none where it
/// does not exist. "http.precondition_failed" where If-Match names other states only (RFC 9110
/// §13.1.1), "http.precondition_required" where it is missing and needed (RFC 6585 §3). Whoever
/// changes it in the meantime must be kept out by the caller: a transaction, a lock.
Result<> check_if_match(const Request& request, std::string_view current_etag,
                        IfMatchNeed need = IfMatchNeed::kOptional);

/// Turns a successful answer to GET or HEAD into 304 or 206 where the request's If-None-Match,
/// Range and If-Range ask for it, and into a problem for a range that does not exist or a tag that
/// If-Match does not name. If-Match comes first (RFC 9110 §13.2.2); answers without a tag know
/// nothing that it could be held against, and ignore it.
void apply_conditions(const Request& request, Response& response);

}  // namespace sotto::http
