#include "app/internal/setting_checks.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace sotto::app::internal {
namespace {

constexpr std::size_t kHostMax = 253;  // RFC 1035 §2.3.4.
constexpr std::size_t kLabelMax = 63;

Error refuse(const char* rule) {
  return Error(ErrorCode::kInvalidArgument, "config.bad_value", rule);
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLabelMax || label.front() == '-' || label.back() == '-')
    return false;
  return std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_');
  });
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > kHostMax) return false;
  if (text.front() == '[') {
    if (text.back() != ']') return false;
    const auto address = http::Address::parse(text.substr(1, text.size() - 2));
    return address && !address->is_ipv4();
  }
  if (text.find_first_not_of("0123456789.") == std::string_view::npos)
    return http::Address::parse(text).has_value();
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && end == text.data() + text.size() && port != 0;
}

bool is_path(std::string_view path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return c < 0x80 &&
           (std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.' || c == '~');
  });
  return plain && path.find("//") == std::string_view::npos &&
         path.find("/.") == std::string_view::npos;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.is_secure = true;
  } else if (!text.starts_with("http://")) {
    return std::nullopt;
  }
  text.remove_prefix(url.is_secure ? 8 : 7);
  const auto slash = text.find('/');
  std::string_view host = text.substr(0, slash);
  if (slash != std::string_view::npos) url.path = text.substr(slash);
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    if (!is_port(host.substr(colon + 1))) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (!is_host(host) || !is_path(url.path)) return std::nullopt;
  url.host = host;
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return url;
}

Result<> check_endpoint(std::string_view text) {
  if (http::Endpoint::parse(text)) return {};
  return refuse(
      "must be ADDRESS:PORT such as 127.0.0.1:8484, [ADDRESS]:PORT for IPv6, or unix:/PATH");
}

Result<> check_url(std::string_view text) {
  if (text.empty()) return {};
  const auto url = parse_url(text);
  if (url && !text.ends_with('/')) return {};
  return refuse(
      "must be a URL such as https://speech.example.org, without user, query and final slash");
}

Result<> check_database_url(std::string_view text) {
  if (text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://"))
    return {};
  return refuse("must be a URL such as postgresql://sotto@db.example.org/sotto");
}

bool has_password(std::string_view database_url) {
  const auto begin = database_url.find("//");
  const std::string_view rest =
      begin == std::string_view::npos ? database_url : database_url.substr(begin + 2);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const auto at = authority.rfind('@');
  return (at != std::string_view::npos &&
          authority.substr(0, at).find(':') != std::string_view::npos) ||
         rest.find("password=") != std::string_view::npos;
}

Result<> check_host(std::string_view text) {
  if (is_host(text)) return {};
  return refuse("must be a host name or an address, without port, IPv6 in brackets, no wildcard");
}

Result<> check_origin(std::string_view text) {
  const auto url = parse_url(text);
  if (url && url->path.empty()) return {};
  return refuse("must be an origin such as https://app.example.org, without path and wildcard");
}

Result<> check_address_block(std::string_view text) {
  if (http::AddressBlock::parse(text)) return {};
  return refuse("must be an address or a block such as 10.0.0.0/8, whose other bits are 0");
}

std::vector<http::Endpoint> to_endpoints(const std::vector<std::string>& texts) {
  std::vector<http::Endpoint> endpoints;
  for (const std::string& text : texts) {
    auto endpoint = http::Endpoint::parse(text);
    SOTTO_CHECK(endpoint.has_value());
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

std::vector<http::AddressBlock> to_address_blocks(const std::vector<std::string>& texts) {
  std::vector<http::AddressBlock> blocks;
  for (const std::string& text : texts) {
    const auto block = http::AddressBlock::parse(text);
    SOTTO_CHECK(block.has_value());
    if (block) blocks.push_back(*block);
  }
  return blocks;
}

}  // namespace sotto::app::internal
