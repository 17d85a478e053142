#include "platform/http/client/event_stream.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "platform/http/client/internal/pause.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;

/// "text/event-stream", whatever parameters follow.
bool is_event_stream(const FetchHead& head) {
  const auto type = head.field("Content-Type").value_or("");
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

/// The state of the stream over all its connections.
class Stream {
 public:
  Stream(const EventStreamOptions& options,
         const std::function<Result<bool>(const StreamedEvent&)>& on_event)
      : options_(options), on_event_(on_event), parser_(options.limits) {}

  /// One connection; true where the stream is over for good.
  Result<bool> connect(const CallContext& context, HttpClient& client, FetchRequest request) {
    parser_.restart();
    if (!parser_.last_event_id().empty())
      request.fields.emplace_back("Last-Event-ID", parser_.last_event_id());
    request.on_head = [this](const FetchHead& head) { return take_head(head); };
    request.on_body = [this](std::string_view data) -> Result<> {
      SOTTO_TRY(parser_.feed(data, [this](const StreamedEvent& event) { return take(event); }));
      return {};
    };
    Result<FetchAnswer> answer = client.fetch(context, request);
    if (wants_no_more_) return true;
    if (!answer) return std::move(answer).error();
    return answer->head.status == 204;
  }

  /// How many connections in a row gave no event.
  int failures() const { return failures_; }
  bool is_final() const { return is_final_; }

  milliseconds pause_before_next() {
    milliseconds delay = std::min(parser_.retry().value_or(options_.retry), options_.retry_max);
    for (int i = 0; i < failures_ && delay < options_.retry_max; ++i)
      delay = std::min(delay * 2, options_.retry_max);
    ++failures_;
    return delay;
  }

 private:
  Result<> take_head(const FetchHead& head) {
    if (head.status == 204 || (head.status == 200 && is_event_stream(head))) return {};
    is_final_ = true;
    return Error(ErrorCode::kUnsupported, "client.not_an_event_stream",
                 "The server answered with status " + std::to_string(head.status) +
                     " and no stream of events.");
  }

  Result<> take(const StreamedEvent& event) {
    failures_ = 0;
    Result<bool> more = on_event_(event);
    is_final_ = !more || !*more;
    if (!more) return std::move(more).error();
    wants_no_more_ = !*more;
    if (*more) return {};
    // Only an error ends a transfer; connect() knows that this one is none.
    return Error(ErrorCode::kCancelled, "base.cancelled", "No more events are wanted.");
  }

  const EventStreamOptions& options_;
  const std::function<Result<bool>(const StreamedEvent&)>& on_event_;
  SseParser parser_;
  int failures_ = 0;
  bool wants_no_more_ = false;
  bool is_final_ = false;
};

}  // namespace

Result<> stream_events(const CallContext& context, HttpClient& client, FetchRequest request,
                       const EventStreamOptions& options,
                       const std::function<Result<bool>(const StreamedEvent&)>& on_event) {
  request.fields.emplace_back("Accept", "text/event-stream");
  request.fields.emplace_back("Cache-Control", "no-store");
  request.limits.body_max = std::numeric_limits<std::uint64_t>::max();
  Stream stream(options, on_event);
  for (;;) {
    const Result<bool> over = stream.connect(context, client, request);
    if (over && *over) return {};
    SOTTO_TRY(context.check());
    if (!over && (stream.is_final() || !is_retryable(over.error().code()))) return over.error();
    if (stream.failures() + 1 >= options.failures_max) {
      if (!over) return over.error();
      return Error(ErrorCode::kUnavailable, "client.connection_lost",
                   "The stream of events ended again and again without an event.");
    }
    SOTTO_TRY(internal::pause(context, stream.pause_before_next()));
  }
}

}  // namespace sotto::http
