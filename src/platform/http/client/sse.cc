#include "platform/http/client/sse.h"

#include <charconv>
#include <cstdint>

namespace sotto::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::int64_t kRetryMaxMs = 24L * 3600 * 1000;  // A day; more is a mistake.

Error too_large(std::string message) {
  return Error(ErrorCode::kTooLarge, "client.event_too_large", std::move(message));
}

}  // namespace

Result<> SseParser::feed(std::string_view bytes, const OnEvent& on_event) {
  if (line_feed_follows_ && !bytes.empty()) {
    if (bytes.front() == '\n') bytes.remove_prefix(1);
    line_feed_follows_ = false;
  }
  while (!bytes.empty()) {
    const auto end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (part.size() > limits_.line_max - line_.size())
      return too_large("A line of the event stream has more than " +
                       std::to_string(limits_.line_max) + " bytes.");
    line_ += part;
    if (end == std::string_view::npos) return {};
    const bool carriage_return = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (carriage_return && bytes.empty()) line_feed_follows_ = true;
    if (carriage_return && bytes.starts_with('\n')) bytes.remove_prefix(1);
    SOTTO_TRY(take_line(on_event));
    line_.clear();
  }
  return {};
}

Result<> SseParser::take_line(const OnEvent& on_event) {
  std::string_view line = line_;
  if (is_first_line_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  is_first_line_ = false;
  if (line.empty()) return dispatch(on_event);
  const auto colon = line.find(':');
  if (colon == 0) return {};  // A comment, which keeps the connection awake.
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return take_field(line.substr(0, colon), value);
}

Result<> SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    if (value.size() + 1 > limits_.event_max + 1 - data_.size())
      return too_large("An event of the stream has more than " + std::to_string(limits_.event_max) +
                       " bytes.");
    data_ += value;
    data_ += '\n';
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    std::int64_t count = 0;
    const auto [stop, failure] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (failure == std::errc() && stop == value.data() + value.size() && count >= 0 &&
        value.front() != '-' && count <= kRetryMaxMs)
      retry_ = std::chrono::milliseconds(count);
  }
  return {};  // Other fields are ignored by the standard.
}

Result<> SseParser::dispatch(const OnEvent& on_event) {
  last_id_ = id_;
  StreamedEvent event{.type = std::move(type_), .data = std::move(data_), .id = last_id_};
  type_.clear();
  data_.clear();
  if (event.data.empty()) return {};
  event.data.pop_back();  // The line feed behind the last line.
  if (event.type.empty()) event.type = "message";
  return on_event(std::move(event));
}

void SseParser::restart() {
  line_.clear();
  is_first_line_ = true;
  line_feed_follows_ = false;
  type_.clear();
  data_.clear();
  id_ = last_id_;
}

}  // namespace sotto::http
