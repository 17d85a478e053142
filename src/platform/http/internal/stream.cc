#include "platform/http/internal/stream.h"

#include <utility>

#include "platform/http/internal/channel_stream.h"
#include "platform/http/internal/websocket_stream.h"

namespace sotto::http::internal {

std::unique_ptr<Stream> make_stream(Response& response, bool chunked, WebSocketCodecs& codecs,
                                    Waker wake) {
  if (const auto events = std::exchange(response.events, nullptr))
    return std::make_unique<ChannelStream>(*events, chunked, std::move(wake));
  if (const auto body = std::exchange(response.stream, nullptr))
    return std::make_unique<ChannelStream>(*body, chunked, std::move(wake));
  if (const auto upgrade = std::exchange(response.websocket, nullptr))
    return WebSocketStream::open(std::move(*upgrade), codecs, std::move(wake));
  return nullptr;
}

void abandon_stream(Response& response) {
  if (const auto events = std::exchange(response.events, nullptr)) ChannelStream::abandon(*events);
  if (const auto body = std::exchange(response.stream, nullptr)) ChannelStream::abandon(*body);
  response.websocket.reset();
}

}  // namespace sotto::http::internal
