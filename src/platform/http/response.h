#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "platform/http/body.h"
#include "platform/http/compression.h"
#include "platform/wire/json.h"

namespace sotto::http {

class BodyChannel;
class EventChannel;
struct WebSocketUpgrade;

/// A body that was coded beforehand.
struct EncodedBody {
  Coding coding;
  std::string_view bytes;  ///< Outlive the server: held by the program or a handler.
};

/// An answer. Exactly one of body, view, stream, events and websocket carries its content.
struct Response {
  int status = 200;
  std::string_view content_type;  ///< A literal; none where empty.
  /// Further fields. Date, Content-Length, Transfer-Encoding and Connection are the server's.
  std::vector<std::pair<std::string_view, std::string>> fields;
  std::string body;
  std::vector<EncodedBody> encoded;         ///< The same as `body`, which is still needed.
  std::unique_ptr<ByteView> view;           ///< Streamed piece by piece.
  std::uint64_t view_first = 0;             ///< Where in the view the answer begins, ...
  std::optional<std::uint64_t> view_count;  ///< ... and how many bytes it takes; all where unset.
  bool allows_ranges = false;               ///< Range is answered; for what does not change.
  std::shared_ptr<BodyChannel> stream;      ///< Made over time, of unknown length.
  std::shared_ptr<EventChannel> events;     ///< Server-sent events until either side ends them.
  std::shared_ptr<WebSocketUpgrade> websocket;  ///< Takes the connection over.
  std::string etag;                             ///< With its quotes; makes If-None-Match work.
  /// Whole header lines that middleware prepared once for all answers; outlives the response.
  std::string_view prepared_fields;
  bool close = false;  ///< The connection ends behind this answer.

  static Response json(const wire::Json& value, int status = 200);
  static Response text(std::string body,
                       std::string_view content_type = "text/plain; charset=utf-8");
  static Response empty(int status = 204);
  static Response streamed(std::shared_ptr<BodyChannel> channel, std::string_view content_type);
  /// text/event-stream; never kept by a cache, never held back by a proxy that can be told.
  static Response event_stream(std::shared_ptr<EventChannel> channel);

  std::uint64_t view_length() const { return view_count ? *view_count : view->size() - view_first; }

  Response& with(std::string_view name, std::string value) &;
  Response&& with(std::string_view name, std::string value) &&;
};

}  // namespace sotto::http
