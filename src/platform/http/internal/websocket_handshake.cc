#include "platform/http/internal/websocket_handshake.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <openssl/evp.h>

#include "platform/http/internal/message_deflate.h"

namespace sotto::http::internal {
namespace {

constexpr std::string_view kAcceptSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3.
constexpr std::size_t kKeySize = 24;
constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kOffersMax = 16;
constexpr int kWindowBitsMin = 8;  // RFC 7692 §7.1.2.
constexpr int kWindowBitsMax = 15;

Error bad_handshake(const char* what) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_handshake", what);
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

/// Up to the next `separator`; `rest` begins behind it, and is empty where there is none.
std::string_view split(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return trim(part);
}

std::optional<int> window_bits(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  int bits = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), bits);
  if (failure != std::errc() || end != value.data() + value.size() || value.starts_with('0') ||
      bits < kWindowBitsMin || bits > kWindowBitsMax)
    return std::nullopt;
  return bits;
}

/// The parameters of one offer; each at most once.
struct Offer {
  bool server_no_takeover = false;
  bool client_no_takeover = false;
  bool has_client_bits = false;
  std::optional<int> server_bits;

  /// False where the offer must be passed over.
  bool take(std::string_view parameter) {
    const bool has_value = parameter.find('=') != std::string_view::npos;
    const std::string_view name = split(parameter, '=');
    const std::string_view value = trim(parameter);
    if (name == "server_no_context_takeover")
      return !has_value && !std::exchange(server_no_takeover, true);
    if (name == "client_no_context_takeover")
      return !has_value && !std::exchange(client_no_takeover, true);
    if (name == "client_max_window_bits")
      return !std::exchange(has_client_bits, true) && (!has_value || window_bits(value));
    if (name != "server_max_window_bits" || server_bits) return false;
    server_bits = window_bits(value);
    return server_bits && *server_bits >= WebSocketCodecs::kWindowBitsMin;
  }
};

std::optional<DeflateAgreement> agree_on_offer(std::string_view parameters) {
  Offer offer;
  while (!parameters.empty())
    if (!offer.take(split(parameters, ';'))) return std::nullopt;
  DeflateAgreement agreement{
      .window_bits = std::min(offer.server_bits.value_or(WebSocketCodecs::kWindowBits),
                              WebSocketCodecs::kWindowBits),
      // A server may ask for both whatever the client offered (RFC 7692 §7.1.1).
      .response = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"};
  if (offer.server_bits)
    agreement.response += "; server_max_window_bits=" + std::to_string(agreement.window_bits);
  return agreement;
}

}  // namespace

Result<std::string> accept_key(std::string_view key) {
  if (key.size() != kKeySize || !key.ends_with("==") ||
      !std::all_of(key.begin(), key.end() - 2, is_base64))
    return bad_handshake("Sec-WebSocket-Key must be 16 bytes in base64.");
  const std::string salted = std::string(key) + std::string(kAcceptSalt);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  // SHA-1 is what the RFC has here; it protects nothing but against caches that guess.
  if (EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    return SOTTO_BUG("SHA-1 is not to be had.");
  std::array<unsigned char, 4 * ((kSha1Size + 2) / 3) + 1> text{};
  const int size = EVP_EncodeBlock(text.data(), digest.data(), kSha1Size);
  return std::string(text.begin(), text.begin() + size);
}

Result<std::optional<DeflateAgreement>> agree_on_deflate(const std::vector<Field>& fields) {
  std::size_t count = 0;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, "Sec-WebSocket-Extensions")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view parameters = split(rest, ',');
      const std::string_view name = split(parameters, ';');
      if (name.empty() && parameters.empty()) continue;
      if (!is_token(name) || ++count > kOffersMax)
        return bad_handshake("Sec-WebSocket-Extensions is malformed.");
      if (name != "permessage-deflate") continue;
      if (auto agreement = agree_on_offer(parameters)) return agreement;
    }
  }
  return std::optional<DeflateAgreement>();
}

Result<std::string_view> agree_on_protocol(const std::vector<Field>& fields,
                                           const std::vector<std::string>& ours) {
  std::size_t best = ours.size();
  bool well_formed = true;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, "Sec-WebSocket-Protocol")) continue;
    for_each_token(field.value, [&](std::string_view offered) {
      well_formed &= is_token(offered);
      const auto found = std::find(ours.begin(), ours.end(), offered);
      best = std::min(best, static_cast<std::size_t>(found - ours.begin()));
    });
  }
  if (!well_formed) return bad_handshake("Sec-WebSocket-Protocol is malformed.");
  return best < ours.size() ? std::string_view(ours[best]) : std::string_view();
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (origin.starts_with(scheme)) return equals_ignoring_case(origin.substr(scheme.size()), host);
  return false;
}

}  // namespace sotto::http::internal
