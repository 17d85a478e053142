#include "platform/http/tls_redirect.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::string_view kScheme = "https://";

class TlsRedirect final : public Middleware {
 public:
  TlsRedirect(LiveMiddlewareOptions options, std::uint16_t port)
      : options_(std::move(options)), port_(port) {}

  Result<Verdict> on_head(Exchange& exchange) override {
    const RequestHead& head = exchange.request.head;
    if (exchange.route != nullptr || !head.target.starts_with('/')) return Verdict::kContinue;
    std::string location = origin_for(head.host);
    if (location.empty()) return Verdict::kContinue;
    // A target that begins with '/' cannot lengthen the name before it.
    location += head.target;
    exchange.response = Response::empty(308);
    exchange.response.with("Location", std::move(location));
    return Verdict::kAnswer;
  }

 private:
  /// Spelled as it was configured; empty for a name that is not ours.
  std::string origin_for(std::string_view host) const {
    const StandardMiddlewareOptions& options = options_->get();
    if (!options.public_url.empty()) return options.public_url;
    const std::string_view asked = name_of_host(host);
    const auto found =
        std::find_if(options.hosts.begin(), options.hosts.end(),
                     [asked](const auto& name) { return equals_ignoring_case(name, asked); });
    if (found == options.hosts.end()) return {};
    std::string origin = std::string(kScheme) + *found;
    if (port_ != kHttpsPort) origin += ':' + std::to_string(port_);
    return origin;
  }

  const LiveMiddlewareOptions options_;
  const std::uint16_t port_;
};

}  // namespace

std::unique_ptr<Middleware> redirect_to_tls(LiveMiddlewareOptions options, std::uint16_t port) {
  return std::make_unique<TlsRedirect>(std::move(options), port);
}

Result<std::string> parse_public_url(std::string_view text) {
  constexpr std::size_t kMost = 300;
  std::string_view host = text;
  if (host.ends_with('/')) host.remove_suffix(1);
  const std::string url(host);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-.:[]").find(c) != std::string_view::npos;
  };
  if (host.starts_with(kScheme)) {
    host.remove_prefix(kScheme.size());
    if (!host.empty() && text.size() <= kMost && std::all_of(host.begin(), host.end(), fits))
      return url;
  }
  return Error(ErrorCode::kInvalidArgument, "http.bad_options",
               "The server's own address must be one such as https://sotto.example.org, not \"" +
                   printable(text.substr(0, kMost)) + "\".");
}

}  // namespace sotto::http
