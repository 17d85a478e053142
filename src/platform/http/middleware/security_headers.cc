#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

/// OWASP's REST and secure-headers guidance: nothing may be loaded, framed, sniffed or shared.
constexpr std::string_view kAlways =
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
    "usb=()\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

}  // namespace

SecurityHeaders::SecurityHeaders(std::chrono::seconds hsts) {
  for (const bool is_public : {false, true}) {
    for (const bool is_secure : {false, true}) {
      std::string& lines = lines_[is_public ? 1 : 0][is_secure ? 1 : 0];
      lines = kAlways;
      if (!is_public) lines += "Cache-Control: no-store\r\n";
      if (is_secure && hsts.count() > 0)
        lines += "Strict-Transport-Security: max-age=" + std::to_string(hsts.count()) + "\r\n";
    }
  }
}

void SecurityHeaders::on_response(Exchange& exchange) {
  const bool is_public = exchange.route != nullptr && exchange.route->options.is_public &&
                         exchange.response.status < 400;
  exchange.response.prepared_fields = lines_[is_public ? 1 : 0][exchange.request.secure ? 1 : 0];
}

}  // namespace sotto::http
