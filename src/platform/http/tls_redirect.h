#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/http/middleware.h"

namespace sotto::http {

/// Where a plain-text port sends those who ask at it.
struct TlsRedirectOptions {
  /// "https://sotto.example.org", where the server is known by one name; empty: by that of `hosts`
  /// that the request names, and `port`.
  std::string public_url;
  std::vector<std::string> hosts;  ///< Without port.
  std::uint16_t port = 443;        ///< Of the secure endpoint.
};

/// A last step behind the standard ones: whatever has no route is answered with 308 to the same
/// path over TLS. Nothing of the location but the path comes from the request.
std::unique_ptr<Middleware> redirect_to_tls(TlsRedirectOptions options);

/// "https://NAME" or "https://NAME:PORT", with nothing behind it but one slash, which is taken off.
/// "http.bad_options".
Result<std::string> parse_public_url(std::string_view text);

}  // namespace sotto::http
