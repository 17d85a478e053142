#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sotto::http {

/// One event of a stream (WHATWG HTML §9.2). The text is passed on as it came; whoever needs valid
/// UTF-8 checks it.
struct StreamedEvent {
  std::string type;  ///< "message" where the stream names none.
  std::string data;
  std::string id;  ///< The last id that the stream gave, with this event or before it.
};

struct SseLimits {
  std::size_t line_max = std::size_t{64} * 1024;     ///< Bytes of one line.
  std::size_t event_max = std::size_t{1024} * 1024;  ///< Bytes of one event's data and of its type.
};

/// Reads server-sent events from pieces of any size. Holds at most one line and one event. One
/// thread.
class SseParser {
 public:
  /// Takes an event; its error ends feed().
  using OnEvent = std::function<Result<>(StreamedEvent)>;

  explicit SseParser(SseLimits limits = {}) : limits_(limits) {}

  /// "client.event_too_large" above a limit, or the error of `on_event`; then feed no more.
  Result<> feed(std::string_view bytes, const OnEvent& on_event);

  /// What to send in Last-Event-ID when the stream is taken up again; empty where there is none.
  const std::string& last_event_id() const { return last_id_; }
  /// What the stream asked to wait before that.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }
  /// For the next connection: forgets the event that was not finished, keeps id and retry.
  void restart();

 private:
  Result<> take_line(const OnEvent& on_event);
  Result<> take_field(std::string_view name, std::string_view value);
  Result<> dispatch(const OnEvent& on_event);

  const SseLimits limits_;
  std::string line_;
  bool is_first_line_ = true;       // May begin with a byte order mark.
  bool line_feed_follows_ = false;  // The last byte was CR; an LF belongs to it.
  std::string type_;
  std::string data_;
  std::string id_;  // The buffer of the event that is being read; becomes last_id_ with it.
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace sotto::http
