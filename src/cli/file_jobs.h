#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "app/engine.h"
#include "base/context.h"
#include "flow/offline/transcribe.h"
#include "platform/runtime/bounded_queue.h"

namespace sotto::cli {

/// How long the recording is, where its header says so.
struct Started {
  std::optional<transcript::Milliseconds> duration_ms;
};
struct Progressed {
  transcript::Milliseconds done_ms = 0;
};
/// The last of a recording: its transcript without segments, or why there is none.
struct Ended {
  Result<transcript::Transcript> outcome;
};
/// What a recording in work says, in this order: Started, segments and Progressed, Ended. A
/// recording that cannot be opened only says Ended.
using FileEvent = std::variant<Started, transcript::Segment, Progressed, Ended>;

/// Transcribes several recordings side by side, so that short ones keep all cores busy, while their
/// events are read one recording after the other.
///
/// Each thread takes the next recording in order and pushes into that recording's bounded queue:
/// one whose turn has not come soon waits, and memory stays small. Destroying it stops what is
/// running.
class FileJobs {
 public:
  FileJobs(const CallContext& context, app::Engine& engine, offline::TranscribeOptions options,
           std::vector<std::string> inputs);
  ~FileJobs();
  FileJobs(const FileJobs&) = delete;
  FileJobs& operator=(const FileJobs&) = delete;

  /// The next event of recording `index`; waits for it.
  Result<FileEvent> next(std::size_t index);
  /// Nobody reads recording `index` any more: its work ends.
  void skip(std::size_t index) { events_[index]->close(); }

 private:
  class Sink;

  void work();
  Result<transcript::Transcript> transcribe(std::size_t index, const std::string& input);

  std::stop_source stop_;
  const std::stop_callback<std::function<void()>> chained_stop_;
  const CallContext context_;
  app::Engine& engine_;
  const offline::TranscribeOptions options_;
  const std::vector<std::string> inputs_;
  std::vector<std::unique_ptr<runtime::BoundedQueue<FileEvent>>> events_;
  std::atomic<std::size_t> next_input_{0};
  std::vector<std::jthread> threads_;  // Last: they use everything above.
};

}  // namespace sotto::cli
