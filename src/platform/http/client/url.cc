#include "platform/http/client/url.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "platform/http/types.h"

namespace sotto::http {
namespace {

constexpr std::size_t kHostSizeMax = 253;  // RFC 1035 §2.3.4, as text.
constexpr std::size_t kLabelSizeMax = 63;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error bad_url(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "client.bad_url", std::move(message));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// Spaces, control characters, what is not ASCII, and what browsers and libraries repair.
Result<> check_characters(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80)
      return bad_url(
          "The address holds characters beyond ASCII: write the host as xn--... and the rest "
          "percent-encoded.");
    if (byte <= 0x20 || byte == 0x7f || c == '\\' || c == '"' || c == '<' || c == '>')
      return bad_url(
          "The address holds a space, control character, quote, back slash or angle bracket: "
          "percent-encode it.");
  }
  return {};
}

/// True where a reader in the tradition of inet_aton would take the host for an IPv4 address: its
/// last label is a number (WHATWG URL, "ends in a number").
bool ends_in_number(std::string_view host) {
  const auto dot = host.rfind('.');
  std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.starts_with("0x")) {
    last.remove_prefix(2);
    return std::all_of(last.begin(), last.end(),
                       [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  }
  return !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
}

/// RFC 3986 §5.2.4 on an absolute path.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);  // With its leading slash.
    const bool last = end == std::string_view::npos;
    if (segment == "/..") {
      out.erase(std::min(out.rfind('/'), out.size()));
      if (last) out += '/';
    } else if (segment == "/.") {
      if (last) out += '/';
    } else {
      out += segment;
    }
    if (last) break;
    path.remove_prefix(end);
  }
  return out;
}

/// "http" or "https" of a text that begins with a scheme and a colon (RFC 3986 §3.1).
std::optional<std::string_view> scheme_of(std::string_view text) {
  const auto end = text.find_first_of(":/?#");
  if (end == std::string_view::npos || end == 0 || text[end] != ':') return std::nullopt;
  return text.substr(0, end);
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kHostSizeMax) return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') return false;
    if (++label > kLabelSizeMax) return false;
  }
  return label > 0;  // A trailing dot would make a second spelling of the same host.
}

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kSizeMax)
    return bad_url("The address has more than " + std::to_string(kSizeMax) + " bytes.");
  SOTTO_TRY(check_characters(text));
  const auto scheme = scheme_of(text);
  if (!scheme) return bad_url("The address must begin with https:// or http://.");
  Url url;
  url.is_https_ = equals_ignoring_case(*scheme, "https");
  if (!url.is_https_ && !equals_ignoring_case(*scheme, "http"))
    return bad_url("The address has the scheme " + std::string(scheme->substr(0, 32)) +
                   "; only https and http can be fetched.");
  text.remove_prefix(scheme->size() + 1);
  if (!text.starts_with("//")) return bad_url("Two slashes must follow the scheme.");
  text.remove_prefix(2);
  text = text.substr(0, text.find('#'));
  const auto end = std::min(text.find_first_of("/?"), text.size());
  SOTTO_TRY(url.take_authority(text.substr(0, end)));
  url.target_ = text.substr(end);
  if (!url.target_.starts_with('/')) url.target_.insert(0, 1, '/');
  return url;
}

Result<> Url::take_authority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    return bad_url("The address holds a user name or password: put them into a field instead.");
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return bad_url("The bracket around the host stays open.");
    const std::string_view literal = authority.substr(1, close - 1);
    address_ = Address::parse(literal);
    if (!address_ || literal.find(':') == std::string_view::npos)
      return bad_url("Between the brackets must stand an IPv6 address without a zone.");
    host_ = address_->to_string();
    authority.remove_prefix(close + 1);
    if (!authority.empty() && !authority.starts_with(':'))
      return bad_url("Only a port may follow the bracket.");
    has_port = !authority.empty();
    port = authority.substr(std::min<std::size_t>(1, authority.size()));
  } else {
    const auto colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    SOTTO_TRY(take_host(authority.substr(0, colon)));
  }
  if (!has_port) {
    port_ = is_https_ ? kHttpsPort : kHttpPort;
    return {};
  }
  const auto [stop, failure] = std::from_chars(port.data(), port.data() + port.size(), port_);
  if (failure != std::errc() || stop != port.data() + port.size() || port_ == 0)
    return bad_url("The port must be a number from 1 to 65535.");
  return {};
}

Result<> Url::take_host(std::string_view host) {
  host_ = lowered(host);
  if (ends_in_number(host_)) {
    address_ = Address::parse(host_);
    if (!address_)
      return bad_url("The host looks like an IPv4 address: write it as four decimal numbers.");
    return {};
  }
  if (!is_host_name(host_))
    return bad_url(
        "The host must be a name of letters, digits and hyphens in labels of at most 63, without "
        "escapes and without a dot at its end.");
  return {};
}

Result<Url> Url::resolve(std::string_view reference) const {
  if (reference.size() > kSizeMax)
    return bad_url("The address has more than " + std::to_string(kSizeMax) + " bytes.");
  SOTTO_TRY(check_characters(reference));
  if (scheme_of(reference)) return parse(reference);
  if (reference.starts_with("//"))
    return parse((is_https_ ? "https:" : "http:") + std::string(reference));
  reference = reference.substr(0, reference.find('#'));
  const auto mark = std::min(reference.find('?'), reference.size());
  const std::string_view path = reference.substr(0, mark);
  const std::string own_path = target_.substr(0, target_.find('?'));
  Url url = *this;
  if (path.empty()) {
    url.target_ = mark == reference.size() ? target_ : own_path + std::string(reference);
  } else {
    std::string merged(path);
    if (!path.starts_with('/')) merged.insert(0, own_path.substr(0, own_path.rfind('/') + 1));
    url.target_ = without_dot_segments(merged) + std::string(reference.substr(mark));
  }
  if (url.to_string().size() > kSizeMax)
    return bad_url("The address has more than " + std::to_string(kSizeMax) + " bytes.");
  return url;
}

std::string Url::origin() const {
  std::string out = is_https_ ? "https://" : "http://";
  const bool brackets = address_ && !address_->is_ipv4();
  out += brackets ? "[" + host_ + "]" : host_;
  if (port_ != (is_https_ ? kHttpsPort : kHttpPort)) out += ":" + std::to_string(port_);
  return out;
}

}  // namespace sotto::http
