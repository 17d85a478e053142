#include "platform/http/cookie.h"

#include <algorithm>

namespace sotto::http {
namespace {

constexpr std::chrono::seconds kMaxAgeMax = std::chrono::hours(400 * 24);  // RFC 6265bis §5.5.

Error bad_cookie(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_cookie", std::move(message));
}
Error refused(std::string message) {
  return Error(ErrorCode::kInternal, "http.cookie_refused", std::move(message));
}

/// cookie-octets of RFC 6265 §4.1.1.
bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

/// What may stand in Path and Domain.
bool is_attribute(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != ';'; });
}

Result<> check(const SetCookie& cookie) {
  if (!is_token(cookie.name) || !is_cookie_value(cookie.value))
    return refused(
        "A cookie's name must be a token, and its value without spaces, quotes, commas, "
        "semicolons and back slashes.");
  if (cookie.name.size() + cookie.value.size() > Cookies::kSizeMax)
    return refused("A cookie has at most " + std::to_string(Cookies::kSizeMax) + " bytes.");
  if (!cookie.path.starts_with('/') || !is_attribute(cookie.path) || !is_attribute(cookie.domain))
    return refused(
        "A cookie's path must begin with '/', and neither path nor domain may hold "
        "spaces or semicolons.");
  if (cookie.max_age && (cookie.max_age->count() < 0 || *cookie.max_age > kMaxAgeMax))
    return refused("A cookie may live from 0 seconds to 400 days.");
  // Browsers compare the prefixes without case.
  if (starts_ignoring_case(cookie.name, "__Host-") &&
      (!cookie.secure || cookie.path != "/" || !cookie.domain.empty()))
    return refused("A __Host- cookie must be secure, with the path / and no domain.");
  if (starts_ignoring_case(cookie.name, "__Secure-") && !cookie.secure)
    return refused("A __Secure- cookie must be secure.");
  if (cookie.same_site == SameSite::kNone && !cookie.secure)
    return refused("A cookie with SameSite=None must be secure.");
  return {};
}

std::string_view to_string(SameSite same_site) {
  switch (same_site) {
    case SameSite::kStrict:
      return "Strict";
    case SameSite::kLax:
      return "Lax";
    case SameSite::kNone:
      return "None";
  }
  return "Strict";
}

}  // namespace

Result<Cookies> Cookies::parse(const std::vector<Field>& fields) {
  Cookies cookies;
  std::size_t seen = 0;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (pair.empty()) continue;
      if (++seen > kCountMax)
        return bad_cookie("The request has more than " + std::to_string(kCountMax) + " cookies.");
      if (pair.size() > kSizeMax)
        return bad_cookie("A cookie has more than " + std::to_string(kSizeMax) + " bytes.");
      const auto equals = std::min(pair.find('='), pair.size());
      const std::string_view name = pair.substr(0, equals);
      std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      if (equals == pair.size() || !is_token(name) || !is_cookie_value(value)) {
        ++cookies.malformed_count_;
        continue;
      }
      cookies.pairs_.emplace_back(name, value);
    }
  }
  return cookies;
}

Result<std::optional<std::string_view>> Cookies::find(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : pairs_) {
    if (key != name) continue;
    if (found)
      return bad_cookie("The cookie " + std::string(name) +
                        " comes twice; remove this site's cookies and sign in again.");
    found = value;
  }
  return found;
}

Result<std::string> to_field_value(const SetCookie& cookie) {
  SOTTO_TRY(check(cookie));
  std::string out = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (!cookie.domain.empty()) out += "; Domain=" + cookie.domain;
  if (cookie.max_age) out += "; Max-Age=" + std::to_string(cookie.max_age->count());
  if (cookie.secure) out += "; Secure";
  if (cookie.http_only) out += "; HttpOnly";
  out += "; SameSite=";
  out += to_string(cookie.same_site);
  return out;
}

}  // namespace sotto::http
