#include "platform/obs/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <poll.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/context.h"
#include "base/mutex.h"
#include "base/text.h"

namespace sotto::obs {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};

/// "2026-01-31T12:34:56.789Z"
void append_time(std::string& out, WallTime time) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = seconds.count();
  std::tm utc{};
  gmtime_r(&whole, &utc);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                 utc.tm_sec, (since_epoch - seconds).count());
}

bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) return false;
  return true;
}

/// A JSON string; in it nothing can end the line or reach a terminal as a command.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {  // Also false for anything beyond ASCII, where char is signed.
    out += text;
  } else {
    for (const char c : printable(text)) {
      if (c == '"' || c == '\\')
        (out += '\\') += c;
      else if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else
        out += c;
    }
  }
  out += '"';
}

void append_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value))
    append_quoted(out, text->substr(0, Log::kTextMax));
  else if (const auto* number = std::get_if<std::int64_t>(&field.value))
    fmt::format_to(std::back_inserter(out), "{}", *number);
  else if (const auto* real = std::get_if<double>(&field.value))
    fmt::format_to(std::back_inserter(out), "{:.6g}", *real);
  else
    out += std::get<bool>(field.value) ? "true" : "false";
}

void append_line(std::string& out, LogFormat format, WallTime time, LogLevel level,
                 std::string_view event, std::initializer_list<LogField> fields) {
  const bool json = format == LogFormat::kJson;
  if (json) out += R"({"time":")";
  append_time(out, time);
  if (json) {
    out.append(R"(","level":")").append(to_string(level)).append(R"(","event":)");
    append_quoted(out, event);
  } else {
    out.append(" ").append(to_string(level)).append(" ").append(event);
  }
  for (const LogField& field : fields) {
    if (json) {
      out.append(",\"").append(field.name).append("\":");
    } else {
      out.append(" ").append(field.name).append("=");
    }
    append_value(out, field);
  }
  out += json ? "}\n" : "\n";
}

/// Whether writing to it can wait for somebody who reads.
bool has_reader(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return false;
  return S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode) || ::isatty(descriptor) == 1;
}

}  // namespace

std::string_view to_string(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] == text) return static_cast<LogLevel>(i);
  return std::nullopt;
}

/// The buffer and the thread that empties it.
class Log::Writer {
 public:
  Writer(int descriptor, LogFormat format, const Clock& clock)
      : descriptor_(descriptor),
        has_reader_(has_reader(descriptor)),
        format_(format),
        clock_(clock),
        thread_([this] { run(); }) {}
  ~Writer() {
    {
      const MutexLock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void add(std::string_view line) {
    const MutexLock lock(mutex_);
    if (waiting_.size() + line.size() > kBufferMax) {
      ++dropped_;
      return;
    }
    const bool was_empty = waiting_.empty();
    waiting_.append(line);
    if (was_empty) changed_.notify_all();
  }

  std::uint64_t dropped() {
    const MutexLock lock(mutex_);
    return dropped_;
  }

 private:
  /// Lines are gathered for this long, so that a busy server makes few writes.
  static constexpr std::chrono::milliseconds kGather{20};

  void run() {
    const CallContext forever(CallContext::kNoDeadline, {});
    std::string writing;
    std::uint64_t reported = 0;
    for (;;) {
      bool last = false;
      {
        const MutexLock lock(mutex_);
        while (waiting_.empty() && !ending_) (void)changed_.wait(forever, mutex_);
        const auto until = std::chrono::steady_clock::now() + kGather;
        const CallContext gathering(until, {});
        while (!ending_ && changed_.wait(gathering, mutex_)) {
        }
        writing.swap(waiting_);
        last = ending_;
        if (dropped_ > reported) {
          append_line(writing, format_, clock_.now(), LogLevel::kWarning, "log_lines_dropped",
                      {{"count", dropped_ - reported}});
          reported = dropped_;
        }
      }
      put(writing);
      writing.clear();
      if (last) return;
    }
  }

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      if (has_reader_ && !wait_for_room()) return;
      // Behind poll() so many bytes go into a pipe without waiting (pipe(7)).
      const std::size_t size =
          has_reader_ ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
      const ssize_t written = ::write(descriptor_, bytes.data(), size);
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written <= 0) return;  // A log that cannot be written has nowhere to say so.
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// False where the program ends and whoever reads the log does not: it may not be held up.
  bool wait_for_room() {
    for (int waited_ms = 0;;) {
      pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      const int ready = ::poll(&room, 1, kPollMs);
      if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // write() says what it is.
      const MutexLock lock(mutex_);
      if (ending_ && (waited_ms += kPollMs) > kLastWaitMs) return false;
    }
  }

  static constexpr int kPollMs = 50;
  static constexpr int kLastWaitMs = 500;

  const int descriptor_;
  const bool has_reader_;
  const LogFormat format_;
  const Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  std::string waiting_ SOTTO_GUARDED_BY(mutex_);
  std::uint64_t dropped_ SOTTO_GUARDED_BY(mutex_) = 0;
  bool ending_ SOTTO_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // Last: it uses what stands above, and its end is waited for first.
};

Log::Log(int descriptor, LogFormat format, LogLevel least, const Clock& clock)
    : format_(format),
      least_(least),
      clock_(clock),
      writer_(std::make_unique<Writer>(descriptor, format, clock)) {}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!takes(level)) return;
  thread_local std::string line;
  line.clear();
  append_line(line, format_, clock_.now(), level, event, fields);
  writer_->add(line);
}

void Log::write(LogLevel level, std::string_view event, const Error& error) {
  write(level, event,
        {{"code", to_string(error.code())},
         {"reason", error.reason()},
         {"message", error.message()},
         {"detail", error.detail()},
         {"file", error.location().file_name()},
         {"line", error.location().line()}});
}

std::uint64_t Log::dropped_count() const { return writer_->dropped(); }

}  // namespace sotto::obs
