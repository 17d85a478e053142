#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "platform/http/middleware.h"
#include "platform/http/standard_middleware.h"

namespace sotto::http {

/// A last step behind the standard ones: whatever has no route is answered with 308 to the same
/// path over TLS, at the options' `public_url` of now, or at that of their `hosts` that the request
/// names and `port`, the secure endpoint's. Nothing of the location but the path comes from the
/// request.
std::unique_ptr<Middleware> redirect_to_tls(LiveMiddlewareOptions options, std::uint16_t port);

/// "https://NAME" or "https://NAME:PORT", with nothing behind it but one slash, which is taken off.
/// "http.bad_options".
Result<std::string> parse_public_url(std::string_view text);

}  // namespace sotto::http
