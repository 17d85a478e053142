#include "platform/http/websocket.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "platform/http/internal/websocket_handshake.h"

namespace sotto::http {
namespace {

Error upgrade_required(const char* what) {
  return Error(ErrorCode::kInvalidArgument, "http.upgrade_required", what);
}

std::size_t count_fields(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.head.fields.begin(), request.head.fields.end(),
                    [name](const Field& field) { return equals_ignoring_case(field.name, name); }));
}

/// What browsers let any page do: connect to any server, with the cookies that it has for it.
/// Only the origin tells whose page it was.
Result<> check_origin(const Request& request, const WebSocketOptions& options) {
  const auto origin = request.field("Origin");
  if (!origin) return {};
  const bool known = count_fields(request, "Origin") == 1 &&
                     (internal::is_same_origin(*origin, request.head.host) ||
                      (options.origin_allowed && options.origin_allowed(*origin)));
  if (known) return {};
  return Error(ErrorCode::kPermissionDenied, "http.origin_refused",
               "Pages of " + printable(origin->substr(0, 100)) +
                   " may not connect here; the operator can allow their origin.");
}

}  // namespace

Result<Response> accept_websocket(const Request& request, WebSocketOptions options,
                                  std::unique_ptr<WebSocketHandler> handler) {
  if (request.method() != Method::kGet || !request.head.upgrades_to_websocket ||
      request.head.minor_version == 0)
    return upgrade_required("Here is a WebSocket; the request asks for something else.");
  if (count_fields(request, "Sec-WebSocket-Version") != 1 ||
      request.field("Sec-WebSocket-Version") != "13")
    return upgrade_required("The version of WebSocket must be 13.");
  const auto key = request.field("Sec-WebSocket-Key");
  if (!key || count_fields(request, "Sec-WebSocket-Key") != 1)
    return Error(ErrorCode::kInvalidArgument, "http.bad_handshake",
                 "There must be one Sec-WebSocket-Key.");
  SOTTO_ASSIGN(std::string accept, internal::accept_key(*key));
  SOTTO_TRY(check_origin(request, options));
  SOTTO_ASSIGN(const std::string_view protocol,
               internal::agree_on_protocol(request.head.fields, options.protocols));
  if (protocol.empty() && options.protocol_required)
    return Error(ErrorCode::kInvalidArgument, "http.protocol_unknown",
                 "The client speaks no subprotocol that is spoken here.");
  Response response{.status = 101};
  response.with("Upgrade", "websocket").with("Sec-WebSocket-Accept", std::move(accept));
  if (!protocol.empty()) response.with("Sec-WebSocket-Protocol", std::string(protocol));
  SOTTO_ASSIGN(auto deflate, internal::agree_on_deflate(request.head.fields));
  response.websocket = std::make_shared<WebSocketUpgrade>();
  response.websocket->protocol = protocol;
  if (deflate && options.compression) {
    response.with("Sec-WebSocket-Extensions", std::move(deflate->response));
    response.websocket->deflate_window_bits = deflate->window_bits;
  }
  response.websocket->handler = std::move(handler);
  response.websocket->options = std::move(options);
  return response;
}

}  // namespace sotto::http
