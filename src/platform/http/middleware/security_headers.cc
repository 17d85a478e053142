#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

/// OWASP's REST and secure-headers guidance: nothing may be loaded, framed, sniffed or shared.
constexpr std::string_view kPolicy =
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
constexpr std::string_view kPageSources = "; img-src 'self'; style-src 'self'";
constexpr std::string_view kAlways =
    "\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
    "usb=()\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

}  // namespace

SecurityHeaders::SecurityHeaders(std::chrono::seconds hsts) {
  for (std::size_t kind = 0; kind < lines_.size(); ++kind) {
    std::string& lines = lines_[kind];
    lines = kPolicy;
    if ((kind & kPage) != 0) lines += kPageSources;
    lines += kAlways;
    if ((kind & kPublic) == 0) lines += "Cache-Control: no-store\r\n";
    if ((kind & kSecure) != 0 && hsts.count() > 0)
      lines += "Strict-Transport-Security: max-age=" + std::to_string(hsts.count()) + "\r\n";
  }
}

void SecurityHeaders::on_response(Exchange& exchange) {
  std::size_t kind = exchange.request.secure ? kSecure : 0;
  if (exchange.route != nullptr && exchange.response.status < 400) {
    if (exchange.route->options.is_public) kind |= kPublic;
    if (exchange.route->options.is_page) kind |= kPage;
  }
  exchange.response.prepared_fields = lines_[kind];
}

}  // namespace sotto::http
