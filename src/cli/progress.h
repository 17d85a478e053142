#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "transcript/types.h"

namespace sotto::cli {

/// How far one recording is.
struct ProgressState {
  std::string name;
  transcript::Milliseconds done_ms = 0;
  std::optional<transcript::Milliseconds> total_ms;  ///< None where the container does not say.
  std::chrono::milliseconds elapsed{0};
};

/// "notes.wav  42%  3:09 of 7:30  18.2x real time  0:14 left", cut to `width` columns.
std::string progress_line(const ProgressState& state, std::size_t width);

/// The line on a terminal's standard error; silent where that is no terminal. One thread.
class Progress {
 public:
  /// `clock` outlives this.
  Progress(const Clock& clock, bool enabled) : clock_(clock), enabled_(enabled) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// True where standard error is a terminal that can redraw a line.
  static bool wanted();

  /// Redraws, at most ten times a second.
  void show(const ProgressState& state);
  /// Takes the line away, so that other text can be printed.
  void clear();

 private:
  const Clock& clock_;
  const bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace sotto::cli
