#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/http/address.h"

namespace sotto::http {

/// An absolute http or https address in the one spelling that every reader understands alike.
///
/// What two parsers could read differently is refused instead of repaired, since a guard that
/// reads one host and a library that connects to another is what attackers look for: user names,
/// IPv4 in decimal, octal, hexadecimal or short form, zone ids, trailing dots, escapes and
/// characters beyond ASCII in the host, back slashes, spaces, control characters.
class Url {
 public:
  static constexpr std::size_t kSizeMax = 8192;  ///< Bytes; what servers take in a request line.

  /// "client.bad_url", whose message says what is wrong with it.
  static Result<Url> parse(std::string_view text);
  /// What a reference (the value of Location) means at this place (RFC 3986 §5.2); same errors.
  Result<Url> resolve(std::string_view reference) const;

  bool is_https() const { return is_https_; }
  /// Lower case, without brackets: a name, or `address()` in its usual form.
  const std::string& host() const { return host_; }
  /// Set where the host is an address and no name.
  const std::optional<Address>& address() const { return address_; }
  std::uint16_t port() const { return port_; }
  /// Path and query as they are sent; begins with '/'. A fragment is never sent and left out.
  const std::string& target() const { return target_; }

  /// "https://example.org" or "http://[2001:db8::1]:8080": what belongs to one owner.
  std::string origin() const;
  std::string to_string() const { return origin() + target_; }

 private:
  Result<> take_authority(std::string_view authority);
  Result<> take_host(std::string_view host);

  bool is_https_ = true;
  std::string host_;
  std::optional<Address> address_;
  std::uint16_t port_ = 0;
  std::string target_;
};

/// True for a name of the domain system in lower case: labels of letters, digits, '-' and '_'.
bool is_host_name(std::string_view text);

}  // namespace sotto::http
