#include "platform/http/response.h"

namespace sotto::http {

Response Response::json(const wire::Json& value, int status) {
  return {.status = status, .content_type = "application/json", .body = wire::to_text(value)};
}

Response Response::text(std::string body, std::string_view content_type) {
  return {.content_type = content_type, .body = std::move(body)};
}

Response Response::empty(int status) { return {.status = status}; }

Response Response::streamed(std::shared_ptr<BodyChannel> channel, std::string_view content_type) {
  return {.content_type = content_type, .stream = std::move(channel)};
}

Response Response::event_stream(std::shared_ptr<EventChannel> channel) {
  return {.content_type = "text/event-stream", .events = std::move(channel)};
}

Response& Response::with(std::string_view name, std::string value) & {
  fields.emplace_back(name, std::move(value));
  return *this;
}

Response&& Response::with(std::string_view name, std::string value) && {
  fields.emplace_back(name, std::move(value));
  return std::move(*this);
}

}  // namespace sotto::http
