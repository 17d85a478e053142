#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/http/types.h"

namespace sotto::http {

/// How much of a request's head is taken. Each bound has its own error.
struct HeadLimits {
  std::size_t request_line_max = 8'192;  ///< Bytes without CRLF; "http.uri_too_long" above.
  std::size_t head_max = 32'768;         ///< Bytes of the whole head; "http.head_too_large".
  std::size_t field_count_max = 100;     ///< "http.too_many_fields" above.
};

/// How the body is delimited: exactly one way, or the request is refused.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t content_length = 0;  ///< 0 where chunked or without a body.

  bool has_body() const { return chunked || content_length > 0; }
};

/// The head of an HTTP/1 request, as views into its bytes.
struct RequestHead {
  Method method = Method::kGet;
  std::string_view target;  ///< In origin form: begins with '/'.
  int minor_version = 1;    ///< HTTP/1.0 or HTTP/1.1.
  std::string_view host;    ///< Of Host or of an absolute target; never empty under HTTP/1.1.
  std::vector<Field> fields;
  BodyFraming framing;
  bool keep_alive = true;
  bool expects_continue = false;
  bool upgrades_to_websocket = false;  ///< Connection: upgrade and Upgrade: websocket.

  std::optional<std::string_view> field(std::string_view name) const {
    return find_field(fields, name);
  }
};

/// Size of the head at the front of `bytes`, with its blank line; nothing while it is incomplete.
/// `already_seen` bytes of it were looked at before. Refuses as soon as a bound is passed, so that
/// nobody has to keep more than head_max bytes.
Result<std::optional<std::size_t>> find_head(std::string_view bytes, std::size_t already_seen,
                                             const HeadLimits& limits);

/// Parses one whole head, blank line included, into `head` (reused, so that its memory is).
///
/// Strict on purpose, since whoever reads a request in another way than a proxy in front of us can
/// be made to see another request (request smuggling, RFC 9112 §11.2): only CRLF ends a line, no
/// folded lines, no white space before a colon, no control characters, exactly one Host, one
/// Content-Length of digits alone, no Transfer-Encoding but "chunked", never both.
///
/// Errors (kInvalidArgument unless said): "http.bad_request_line", "http.method_unknown"
/// (kUnsupported), "http.version_unsupported" (kUnsupported), "http.bad_target", "http.bad_field",
/// "http.bad_host", "http.bad_framing", "http.transfer_coding_unknown" (kUnsupported),
/// "http.expectation_unknown", and those of the limits (kTooLarge).
Result<> parse_head(std::string_view bytes, const HeadLimits& limits, RequestHead& head);

}  // namespace sotto::http
