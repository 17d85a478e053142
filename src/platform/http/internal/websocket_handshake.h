#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/http/types.h"

namespace sotto::http::internal {

/// Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2). "http.bad_handshake" where the key is not 16
/// bytes in base64.
Result<std::string> accept_key(std::string_view key);

/// What was agreed on about permessage-deflate (RFC 7692 §7.1).
struct DeflateAgreement {
  int window_bits = 0;   ///< Of what the server sends.
  std::string response;  ///< Sec-WebSocket-Extensions of the answer.
};

/// The first offer among all Sec-WebSocket-Extensions that we can keep; nothing where there is
/// none. Offers with parameters that are unknown, doubled or malformed are passed over, as the RFC
/// asks; a field that cannot be read at all is "http.bad_handshake".
Result<std::optional<DeflateAgreement>> agree_on_deflate(const std::vector<Field>& fields);

/// The first of `ours` among the client's Sec-WebSocket-Protocol; empty where there is none.
/// "http.bad_handshake" where one of the client's is no token.
Result<std::string_view> agree_on_protocol(const std::vector<Field>& fields,
                                           const std::vector<std::string>& ours);

/// Whether `origin` ("https://here:8484") is a page of `host` ("here:8484").
bool is_same_origin(std::string_view origin, std::string_view host);

}  // namespace sotto::http::internal
