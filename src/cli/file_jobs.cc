#include "cli/file_jobs.h"

#include <algorithm>
#include <utility>

#include "cli/input.h"

namespace sotto::cli {
namespace {

// Events that a recording may be ahead of its turn: a few minutes of speech.
constexpr std::size_t kEventsMax = 64;

}  // namespace

/// Turns what a transcription says into events of its recording.
class FileJobs::Sink final : public offline::TranscriptSink {
 public:
  Sink(const CallContext& context, runtime::BoundedQueue<FileEvent>& events)
      : context_(context), events_(events) {}

  Result<> on_start(const audio::AudioInfo& info) override {
    return events_.push(context_, Started{info.duration_ms});
  }
  Result<> on_segment(const transcript::Segment& segment) override {
    return events_.push(context_, segment);
  }
  void on_progress(transcript::Milliseconds done_ms) override {
    if (std::exchange(last_ms_, done_ms) == done_ms) return;
    // Progress is the one thing that may be lost: a full queue means nobody looks yet.
    static_cast<void>(events_.try_push(Progressed{done_ms}));
  }

 private:
  const CallContext& context_;
  runtime::BoundedQueue<FileEvent>& events_;
  transcript::Milliseconds last_ms_ = -1;
};

FileJobs::FileJobs(const CallContext& context, app::Engine& engine,
                   offline::TranscribeOptions options, std::vector<std::string> inputs)
    : chained_stop_(context.stop(), [this] { stop_.request_stop(); }),
      context_(context.with_stop(stop_.get_token())),
      engine_(engine),
      options_(std::move(options)),
      inputs_(std::move(inputs)) {
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    events_.push_back(std::make_unique<runtime::BoundedQueue<FileEvent>>(kEventsMax));
  // One recording more than cores: while one is opened, the others compute.
  const std::size_t thread_count = std::min(inputs_.size(), engine.thread_count() + 1);
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
}

FileJobs::~FileJobs() { stop_.request_stop(); }

Result<FileEvent> FileJobs::next(std::size_t index) {
  SOTTO_ASSIGN(std::optional<FileEvent> event, events_[index]->pop(context_));
  SOTTO_CHECK(event.has_value());
  return std::move(*event);
}

void FileJobs::work() {
  for (;;) {
    const std::size_t index = next_input_.fetch_add(1);
    if (index >= inputs_.size()) return;
    Result<transcript::Transcript> outcome = transcribe(index, inputs_[index]);
    // Fails only once stopped, when nobody reads any more.
    static_cast<void>(events_[index]->push(context_, Ended{std::move(outcome)}));
  }
}

Result<transcript::Transcript> FileJobs::transcribe(std::size_t index, const std::string& input) {
  SOTTO_ASSIGN(const auto source, open_input(input));
  offline::TranscribeOptions options = options_;
  options.decode.extension = extension_of(input);
  options.recognition.fairness_key = std::to_string(index);
  Sink sink(context_, *events_[index]);
  const offline::TranscribeParts parts = engine_.parts();
  return offline::transcribe(context_, parts, *source, options, sink);
}

}  // namespace sotto::cli
