#include "platform/http/client/curl_http_client.h"

#include <algorithm>
#include <array>
#include <span>
#include <sys/stat.h>
#include <utility>

#include "base/text.h"
#include "platform/http/client/internal/fetch_call.h"

namespace sotto::http {
namespace {

constexpr std::size_t kFieldsMax = 100;
constexpr std::size_t kFieldSizeMax = 8192;  // Name and value; what servers take.

/// Fields that say how the message travels, and one that turns decompression into our caller's.
constexpr std::array<std::string_view, 10> kOwnFields{
    "host", "content-length", "transfer-encoding", "connection", "keep-alive",
    "te",   "trailer",        "upgrade",           "expect",     "accept-encoding"};
bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

Error bad_request(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "client.bad_request", std::move(message));
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

Result<> check_request(const FetchRequest& request) {
  if (request.fields.size() > kFieldsMax)
    return bad_request("A request has at most " + std::to_string(kFieldsMax) + " fields.");
  for (const auto& [name, value] : request.fields) {
    if (!is_token(name) || !is_field_value(value) || name.size() + value.size() > kFieldSizeMax)
      return bad_request("The field " + printable(name.substr(0, 64)) +
                         " is malformed, too long or holds control characters.");
    if (is_one_of(name, kOwnFields))
      return bad_request("The field " + name + " is set by the client itself.");
  }
  const bool has_body = request.upload != nullptr || !request.body.empty();
  if (request.upload != nullptr && !request.body.empty())
    return bad_request("A request has one body, not two.");
  if (has_body && request.method == Method::kHead)
    return bad_request("A HEAD request has no body.");
  return {};
}

}  // namespace

Result<std::unique_ptr<CurlHttpClient>> CurlHttpClient::create(CurlHttpClientOptions options,
                                                               OutboundGuard guard, Parts parts) {
  const auto bad = [](std::string message) {
    return Error(ErrorCode::kInvalidArgument, "client.bad_options", std::move(message));
  };
  if (options.user_agent.empty() || !is_field_value(options.user_agent))
    return bad("The user agent must be a line of text.");
  if (options.calls_max == 0) return bad("At least one call must be possible at a time.");
  struct stat status {};
  if (!options.ca_file.empty() &&
      (::stat(options.ca_file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)))
    return bad("The file of certificates " + printable(options.ca_file) + " cannot be read.");
  std::optional<Url> proxy;
  if (!options.proxy.empty()) {
    auto parsed = Url::parse(options.proxy);
    if (!parsed || parsed->is_https() || parsed->target() != "/")
      return bad("The proxy must be written as http://host:port.");
    proxy = std::move(*parsed);
  }
  return std::unique_ptr<CurlHttpClient>(new CurlHttpClient(std::make_unique<internal::ClientState>(
      std::move(options), std::move(proxy), std::move(guard), parts)));
}

CurlHttpClient::CurlHttpClient(std::unique_ptr<internal::ClientState> state)
    : state_(std::move(state)) {}
CurlHttpClient::~CurlHttpClient() = default;

Result<FetchAnswer> CurlHttpClient::fetch(const CallContext& context, const FetchRequest& request) {
  SOTTO_TRY(check_request(request));
  SOTTO_ASSIGN(Url url, Url::parse(request.url));
  return internal::FetchCall(*state_, context, request, std::move(url)).run();
}

}  // namespace sotto::http
