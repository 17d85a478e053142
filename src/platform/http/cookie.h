#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "platform/http/types.h"

namespace sotto::http {

/// The cookies of a request (RFC 6265 §4.2). Views into its fields.
///
/// A pair that is malformed is left out and counted, since any program on the same host may have
/// set it; a name that comes twice is kept twice, so that whoever needs it can refuse it.
class Cookies {
 public:
  static constexpr std::size_t kCountMax = 100;
  static constexpr std::size_t kSizeMax = 4096;  ///< Bytes of one pair, as browsers keep them.

  /// Out of all Cookie fields. "http.bad_cookie" above a limit.
  static Result<Cookies> parse(const std::vector<Field>& fields);

  /// The value; nothing where there is none. "http.bad_cookie" where there are several: somebody
  /// who controls a neighbouring name can plant a second one, and nothing says which is ours.
  Result<std::optional<std::string_view>> find(std::string_view name) const;

  const std::vector<std::pair<std::string_view, std::string_view>>& all() const { return pairs_; }
  std::size_t malformed_count() const { return malformed_count_; }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
  std::size_t malformed_count_ = 0;
};

/// "Never" sends the cookie in requests that our own pages make alone; "lax" also where somebody
/// follows a link to us.
enum class SameSite : std::uint8_t { kStrict, kLax, kNone };

/// A cookie to set. What stands here is the safe form: this host alone, https alone, out of reach
/// of scripts, gone with the browser.
struct SetCookie {
  std::string name;  ///< "__Host-…" where it can be: browsers then hold it to this host and https.
  std::string value;
  std::string path = "/";
  std::string domain;                           ///< Empty: this host alone.
  std::optional<std::chrono::seconds> max_age;  ///< 0 removes it; at most 400 days.
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::kLax;
};

/// The value of a Set-Cookie field. "http.cookie_refused" for what browsers would not keep or would
/// read differently: characters, sizes, and the rules of __Host-, __Secure- and SameSite=None.
Result<std::string> to_field_value(const SetCookie& cookie);

}  // namespace sotto::http
