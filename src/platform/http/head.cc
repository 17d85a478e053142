#include "platform/http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/text.h"

namespace sotto::http {
namespace {

constexpr std::string_view kCrlf = "\r\n";
constexpr std::size_t kHostMax = 255 + 6;  // RFC 1035 §2.3.4, and ":65535".

Error refuse(std::string_view reason, std::string message) {
  return Error(ErrorCode::kInvalidArgument, reason, std::move(message));
}
Error too_large(std::string_view reason, std::string message) {
  return Error(ErrorCode::kTooLarge, reason, std::move(message));
}

/// Which bytes a field value may hold: tab, and anything from space on but DEL (RFC 9110 §5.5).
constexpr std::array<bool, 256> make_value_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 256; ++c) table[c] = c != 0x7f;
  table['\t'] = true;
  return table;
}
constexpr std::array<bool, 256> kIsValueByte = make_value_table();

Error line_too_long(const HeadLimits& limits) {
  return too_large("http.uri_too_long", "The request line is longer than " +
                                            std::to_string(limits.request_line_max) + " bytes.");
}
Error head_too_large(const HeadLimits& limits) {
  return too_large("http.head_too_large", "The head of the request is larger than " +
                                              std::to_string(limits.head_max) +
                                              " bytes; send fewer or shorter header fields.");
}

/// "http://host/path" becomes host and "/path"; RFC 9112 §3.2.2 has servers accept that form.
Result<> split_absolute_target(RequestHead& head, std::string_view& authority) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (head.target.size() < scheme.size() ||
        !equals_ignoring_case(head.target.substr(0, scheme.size()), scheme))
      continue;
    const std::string_view rest = head.target.substr(scheme.size());
    const auto slash = rest.find('/');
    authority = rest.substr(0, slash);
    head.target = slash == std::string_view::npos ? "/" : rest.substr(slash);
    if (authority.empty()) return refuse("http.bad_target", "The request target names no host.");
    return {};
  }
  if (!head.target.starts_with('/'))
    return refuse("http.bad_target", "The request target must begin with '/'.");
  return {};
}

Result<> parse_request_line(std::string_view line, RequestHead& head, std::string_view& authority) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0)
    return refuse("http.bad_request_line", "The request line must be: METHOD TARGET HTTP/1.1.");
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/"))
      return Error(ErrorCode::kUnsupported, "http.version_unsupported",
                   "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    return refuse("http.bad_request_line", "The request line must end in HTTP/1.1.");
  }
  head.minor_version = version.back() - '0';
  const std::string_view method = line.substr(0, first);
  if (!is_token(method))
    return refuse("http.bad_request_line", "The request line does not begin with a method.");
  const auto known = parse_method(method);
  if (!known)
    return Error(ErrorCode::kUnsupported, "http.method_unknown",
                 "The method " + printable(method.substr(0, 20)) + " is not known here.");
  head.method = *known;
  head.target = line.substr(first + 1, last - first - 1);
  const bool printable_ascii = std::all_of(head.target.begin(), head.target.end(),
                                           [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable_ascii || head.target.find('#') != std::string_view::npos)
    return refuse("http.bad_target",
                  "The request target holds characters that must be percent-encoded.");
  return split_absolute_target(head, authority);
}

/// One "Name: value" line.
Result<Field> parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t')
    return refuse("http.bad_field",
                  "A header line begins with white space; folded lines are refused.");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return refuse("http.bad_field", "A header line has no colon.");
  Field field{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
  if (!is_token(field.name))
    return refuse("http.bad_field", "A header name is empty or holds forbidden characters.");
  if (!std::all_of(field.value.begin(), field.value.end(),
                   [](char c) { return kIsValueByte[static_cast<std::uint8_t>(c)]; }))
    return refuse("http.bad_field", "The header " + std::string(field.name.substr(0, 40)) +
                                        " holds control characters.");
  return field;
}

Result<std::uint64_t> parse_content_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (value.empty() || failure != std::errc() || end != value.data() + value.size())
    return refuse("http.bad_framing", "Content-Length must be one number of bytes.");
  return length;
}

/// What the known fields mean for the connection, each met at most once.
class Meanings {
 public:
  explicit Meanings(RequestHead& head) : head_(head) {}

  Result<> note(const Field& field) {
    const std::string_view name = field.name;
    switch (name.size()) {  // Sorts out most fields before a comparison.
      case 4:
        if (equals_ignoring_case(name, "Host")) return note_host(field.value);
        break;
      case 6:
        if (equals_ignoring_case(name, "Expect")) return note_expect(field.value);
        break;
      case 7:
        if (equals_ignoring_case(name, "Upgrade"))
          upgrade_websocket_ = equals_ignoring_case(field.value, "websocket");
        break;
      case 10:
        if (equals_ignoring_case(name, "Connection")) note_connection(field.value);
        break;
      case 14:
        if (equals_ignoring_case(name, "Content-Length")) return note_length(field.value);
        break;
      case 17:
        if (equals_ignoring_case(name, "Transfer-Encoding")) return note_coding(field.value);
        break;
      default:
        break;
    }
    return {};
  }

  Result<> conclude(std::string_view authority) {
    if (hosts_ > 1 || (hosts_ == 0 && head_.minor_version == 1))
      return refuse("http.bad_host", "A request must have exactly one Host header.");
    if (!authority.empty()) head_.host = authority;
    if (head_.host.size() > kHostMax || (head_.host.empty() && head_.minor_version == 1))
      return refuse("http.bad_host", "The Host header is empty or too long.");
    if (has_length_ && head_.framing.chunked)
      return refuse("http.bad_framing",
                    "A request may have Content-Length or Transfer-Encoding, not both.");
    if (head_.framing.chunked && head_.minor_version == 0)
      return refuse("http.bad_framing", "HTTP/1.0 knows no chunked bodies.");
    head_.keep_alive = head_.minor_version == 1 ? !close_ : keep_alive_ && !close_;
    head_.upgrades_to_websocket = upgrade_ && upgrade_websocket_;
    return {};
  }

 private:
  Result<> note_host(std::string_view value) {
    ++hosts_;
    head_.host = value;
    return {};
  }
  Result<> note_expect(std::string_view value) {
    if (!equals_ignoring_case(value, "100-continue"))
      return refuse("http.expectation_unknown", "The only expectation known is 100-continue.");
    head_.expects_continue = head_.minor_version == 1;
    return {};
  }
  void note_connection(std::string_view value) {
    for_each_token(value, [this](std::string_view token) {
      close_ |= equals_ignoring_case(token, "close");
      keep_alive_ |= equals_ignoring_case(token, "keep-alive");
      upgrade_ |= equals_ignoring_case(token, "upgrade");
    });
  }
  Result<> note_length(std::string_view value) {
    if (has_length_)
      return refuse("http.bad_framing", "A request may have one Content-Length only.");
    has_length_ = true;
    SOTTO_ASSIGN(head_.framing.content_length, parse_content_length(value));
    return {};
  }
  Result<> note_coding(std::string_view value) {
    if (head_.framing.chunked)
      return refuse("http.bad_framing", "A request may have one Transfer-Encoding only.");
    if (!equals_ignoring_case(value, "chunked"))
      return Error(ErrorCode::kUnsupported, "http.transfer_coding_unknown",
                   "The only transfer coding taken is chunked.");
    head_.framing.chunked = true;
    return {};
  }

  RequestHead& head_;
  int hosts_ = 0;
  bool has_length_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_ = false;
  bool upgrade_websocket_ = false;
};

}  // namespace

Result<std::optional<std::size_t>> find_head(std::string_view bytes, std::size_t already_seen,
                                             const HeadLimits& limits) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t from = already_seen > kEnd.size() ? already_seen - kEnd.size() : 0;
  const auto end = bytes.find(kEnd, from);
  const std::size_t size = end == std::string_view::npos ? bytes.size() : end + kEnd.size();
  if (from <= limits.request_line_max &&
      bytes.substr(0, limits.request_line_max + kCrlf.size()).find(kCrlf) ==
          std::string_view::npos &&
      bytes.size() >= limits.request_line_max + kCrlf.size())
    return line_too_long(limits);
  if (size > limits.head_max) return head_too_large(limits);
  if (end == std::string_view::npos) {
    // A lone LF can never become a head that parses: say so now instead of waiting for more.
    const auto line_feed = bytes.find('\n', from);
    if (line_feed != std::string_view::npos && (line_feed == 0 || bytes[line_feed - 1] != '\r'))
      return refuse("http.bad_field", "Lines of a request must end in CRLF.");
    return std::optional<std::size_t>();
  }
  return std::optional<std::size_t>(size);
}

Result<> parse_head(std::string_view bytes, const HeadLimits& limits, RequestHead& head) {
  head.fields.clear();
  head.framing = {};
  head.host = {};
  head.expects_continue = false;
  if (bytes.size() > limits.head_max) return head_too_large(limits);
  std::string_view authority;
  const auto line_end = bytes.find(kCrlf);
  if (line_end == std::string_view::npos)
    return refuse("http.bad_request_line", "The request line must end in CRLF.");
  if (line_end > limits.request_line_max) return line_too_long(limits);
  SOTTO_TRY(parse_request_line(bytes.substr(0, line_end), head, authority));
  bytes.remove_prefix(line_end + kCrlf.size());

  Meanings meanings(head);
  while (true) {
    const auto end = bytes.find(kCrlf);
    if (end == std::string_view::npos)
      return refuse("http.bad_field", "The head of the request must end in a blank line.");
    if (end == 0) break;
    if (head.fields.size() >= limits.field_count_max)
      return too_large("http.too_many_fields", "The request has more than " +
                                                   std::to_string(limits.field_count_max) +
                                                   " header fields.");
    SOTTO_ASSIGN(const Field field, parse_field(bytes.substr(0, end)));
    SOTTO_TRY(meanings.note(field));
    head.fields.push_back(field);
    bytes.remove_prefix(end + kCrlf.size());
  }
  if (bytes.size() != kCrlf.size())
    return refuse("http.bad_field", "The head of the request must end in a blank line.");
  return meanings.conclude(authority);
}

}  // namespace sotto::http
