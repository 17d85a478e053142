#include "platform/http/events.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "platform/http/internal/output_channel.h"

namespace sotto::http {
namespace {

using State = internal::OutputChannel::State;

constexpr std::size_t kLastEventIdMax = 256;

Error bad_event(const char* what) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_event", what);
}

bool fits_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    const bool both = data.substr(end).starts_with("\r\n");
    data.remove_prefix(end + (both ? 2 : 1));
  }
}

}  // namespace

Result<std::string> to_text(const Event& event) {
  if (!fits_a_line(event.id) || !fits_a_line(event.name))
    return bad_event("The id and the name of an event hold neither line ends nor NUL.");
  if (!is_utf8(event.id) || !is_utf8(event.name) || !is_utf8(event.data))
    return bad_event("An event is UTF-8.");
  if (event.retry && event.retry->count() < 0) return bad_event("A time to wait is not negative.");
  std::string text;
  text.reserve(event.id.size() + event.name.size() + event.data.size() + 48);
  if (!event.name.empty()) text.append("event: ").append(event.name).append("\n");
  if (!event.id.empty()) text.append("id: ").append(event.id).append("\n");
  if (event.retry) text.append("retry: ").append(std::to_string(event.retry->count())).append("\n");
  append_data(text, event.data);
  text.append("\n");
  return text;
}

Result<std::string> last_event_id(const Request& request) {
  const auto id = request.field("Last-Event-ID");
  if (!id) return std::string();
  if (id->size() > kLastEventIdMax || std::any_of(id->begin(), id->end(), is_control) ||
      !is_utf8(*id))
    return Error(ErrorCode::kInvalidArgument, "http.bad_last_event_id",
                 "Last-Event-ID must be the id of an event that was sent, of at most " +
                     std::to_string(kLastEventIdMax) + " bytes.");
  return std::string(*id);
}

std::shared_ptr<EventChannel> EventChannel::create(EventChannelOptions options) {
  return std::shared_ptr<EventChannel>(new EventChannel(std::move(options)));
}

EventChannel::EventChannel(EventChannelOptions options)
    : channel_(std::make_shared<internal::OutputChannel>(options.bytes_max, options.count_max)),
      options_(std::move(options)) {}

EventChannel::~EventChannel() { channel_->finish(State::kEnded); }

Result<> EventChannel::publish(const Event& event) {
  SOTTO_ASSIGN(const std::string text, to_text(event));
  return publish_text(text);
}

Result<> EventChannel::publish_text(std::string_view text) {
  // Not the client's fault: cutting it off would only make it come back to the same event.
  if (text.size() > options_.bytes_max)
    return Error(ErrorCode::kInvalidArgument, "http.bad_event",
                 "An event has at most " + std::to_string(options_.bytes_max) + " bytes here.");
  auto pushed = channel_->try_push(text);
  if (!pushed && pushed.error().code() == ErrorCode::kOverloaded) channel_->finish(State::kOverrun);
  return pushed;
}

void EventChannel::end() { channel_->finish(State::kEnded); }

bool EventChannel::is_open() const { return channel_->state() == State::kOpen; }

}  // namespace sotto::http
