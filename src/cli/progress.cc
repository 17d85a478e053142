#include "cli/progress.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/runtime/file.h"

namespace sotto::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::size_t kWidthDefault = 80;
constexpr std::size_t kNameMax = 32;  // Longer names would push the figures off the line.

std::string clock_text(std::int64_t milliseconds) {
  const std::int64_t seconds = std::max<std::int64_t>(milliseconds, 0) / 1000;
  if (seconds >= 3600)
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

/// At most `width` code points of well-formed text.
std::string cut(const std::string& text, std::size_t width) {
  if (code_point_count(text) <= width) return text;
  std::size_t count = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (starts && count++ == width) break;
    ++end;
  }
  return text.substr(0, end);
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthDefault;
  return size.ws_col;
}

/// Errors are nobody's business here: the line is decoration.
void print(const std::string& text) {
  static_cast<void>(runtime::write_all(STDERR_FILENO, text, "show progress"));
}

}  // namespace

std::string progress_line(const ProgressState& state, std::size_t width) {
  std::string line = cut(printable(state.name), kNameMax);
  const auto elapsed = state.elapsed.count();
  const double speed =
      elapsed > 0 ? static_cast<double>(state.done_ms) / static_cast<double>(elapsed) : 0;
  const bool known = state.total_ms && *state.total_ms > 0;
  if (known) {
    const auto done = std::min(state.done_ms, *state.total_ms);
    line += fmt::format("  {}%  {} of {}", 100 * done / *state.total_ms, clock_text(done),
                        clock_text(*state.total_ms));
  } else {
    line += "  " + clock_text(state.done_ms);
  }
  if (speed > 0) {
    line += fmt::format("  {:.1f}x real time", speed);
    if (known) {
      const double left = static_cast<double>(*state.total_ms - state.done_ms) / speed;
      line += "  " + clock_text(static_cast<std::int64_t>(left)) + " left";
    }
  }
  return cut(line, width);
}

bool Progress::wanted() { return ::isatty(STDERR_FILENO) == 1; }

void Progress::show(const ProgressState& state) {
  if (!enabled_) return;
  const auto now = clock_.steady_now();
  if (shown_ && now < next_) return;
  next_ = now + kRedraw;
  shown_ = true;
  // Return to the first column, write, erase what an earlier, longer line left (ECMA-48 EL).
  print('\r' + progress_line(state, terminal_width() - 1) + "\x1b[K");
}

void Progress::clear() {
  if (!shown_) return;
  shown_ = false;
  print("\r\x1b[K");
}

}  // namespace sotto::cli
