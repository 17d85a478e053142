#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace sotto::obs {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

std::string_view to_string(LogLevel level);
/// "debug", "info", "warning", "error".
std::optional<LogLevel> parse_log_level(std::string_view text);

/// A named value of a log line. A Secret has no place in a log: giving one does not compile.
struct LogField {
  LogField(std::string_view key, std::string_view text) : name(key), value(text) {}
  LogField(std::string_view key, const char* text) : name(key), value(std::string_view(text)) {}
  LogField(std::string_view key, const std::string& text)
      : name(key), value(std::string_view(text)) {}
  LogField(std::string_view key, bool flag) : name(key), value(flag) {}
  LogField(std::string_view key, double number) : name(key), value(number) {}
  template <std::integral Number>
  LogField(std::string_view key, Number number)
      : name(key), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view key, const Secret& secret) = delete;

  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// The log of the program: one line an event, as JSON or for reading, with the time and named
/// values. Never bodies, tokens or transcript text.
///
/// Any thread; a call formats a line into a bounded buffer and returns. One thread of the log's own
/// writes the buffer out; where it cannot keep up (a stuck disk or pipe), lines are dropped and
/// counted, and the count is logged: a log may never stop the server.
class Log {
 public:
  static constexpr std::size_t kBufferMax = std::size_t{1} << 20;  ///< Bytes waiting.
  static constexpr std::size_t kTextMax = 2048;  ///< Of one value; the rest is cut.

  /// Writes to `descriptor`, which stays the caller's.
  Log(int descriptor, LogFormat format, LogLevel least, const Clock& clock);
  /// Writes out what waits; gives up half a second after nobody takes it.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `event` is a fixed text such as "request"; what varies goes into fields.
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
  /// With the error's code, reason, message, detail and place.
  void write(LogLevel level, std::string_view event, const Error& error);

  bool takes(LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }
  void set_least(LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  std::uint64_t dropped_count() const;

 private:
  class Writer;

  const LogFormat format_;
  std::atomic<LogLevel> least_;
  const Clock& clock_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sotto::obs
