#include "cli/transcribe_command.h"

#include <unistd.h>
#include <utility>

#include "app/engine.h"
#include "base/clock.h"
#include "cli/file_jobs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"

namespace sotto::cli {
namespace {

audio::DecodeOptions decode_options(const ChannelChoice& choice) {
  switch (choice.kind) {
    case ChannelChoice::Kind::kMix:
      return {.channels = audio::Channels::kMix};
    case ChannelChoice::Kind::kPick:
      return {.channels = audio::Channels::kPick,
              .channel = static_cast<std::uint32_t>(choice.index)};
    case ChannelChoice::Kind::kEach:
      return {.channels = audio::Channels::kEach};
  }
  SOTTO_CHECK(false);
}

std::string shown_name(const std::string& input) {
  return input == "-" ? "standard input" : std::filesystem::path(input).filename().native();
}

/// Writes what the recordings say, one after the other.
class Printer {
 public:
  Printer(const TranscribeCommand& command, const transcript::Provenance& provenance)
      : command_(command), provenance_(provenance), progress_(clock_, Progress::wanted()) {}

  /// Writes one recording to its end; an error that is its own comes back.
  Result<> print(FileJobs& jobs, std::size_t index, const Target& target) {
    begin_ = clock_.steady_now();
    state_ = {.name = shown_name(command_.inputs[index])};
    SOTTO_ASSIGN(TextOutput output, TextOutput::open(target));
    const auto writer = transcript::make_writer(command_.format, command_.subtitles);
    pending_ = heading(index, target) + writer->begin({.provenance = provenance_});
    for (;;) {
      SOTTO_ASSIGN(FileEvent event, jobs.next(index));
      if (auto* ended = std::get_if<Ended>(&event)) {
        SOTTO_ASSIGN(transcript::Transcript tail, std::move(ended->outcome));
        pending_ += writer->end(tail);
        SOTTO_TRY(flush(output));
        SOTTO_TRY(output.commit());
        progress_.clear();
        return judge(command_.inputs[index], tail);
      }
      note(event);
      if (const auto* segment = std::get_if<transcript::Segment>(&event)) {
        pending_ += writer->segment(*segment);
        // Half a JSON or TTML document is of no use to anybody: those come whole.
        const bool whole = command_.format == transcript::Format::kJson ||
                           command_.format == transcript::Format::kTtml;
        if (target || !whole) SOTTO_TRY(flush(output));
      }
    }
  }

  /// For lines on standard error in between.
  void clear() { progress_.clear(); }

 private:
  /// Tells texts apart that follow each other on standard output.
  std::string heading(std::size_t index, const Target& target) const {
    if (target || command_.inputs.size() < 2 || command_.format != transcript::Format::kTxt)
      return {};
    return (index > 0 ? "\n" : "") + ("==> " + command_.inputs[index] + " <==\n");
  }

  void note(const FileEvent& event) {
    if (const auto* started = std::get_if<Started>(&event)) state_.total_ms = started->duration_ms;
    if (const auto* progressed = std::get_if<Progressed>(&event))
      state_.done_ms = progressed->done_ms;
    state_.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - begin_);
    progress_.show(state_);
  }

  Result<> flush(TextOutput& output) {
    if (pending_.empty()) return {};
    progress_.clear();
    return output.write(std::exchange(pending_, {}));
  }

  /// Warnings are told; what is missing makes the recording count as failed.
  static Result<> judge(const std::string& input, const transcript::Transcript& tail) {
    for (const transcript::Warning& warning : tail.warnings)
      report_warning(input, warning.message, warning.reason);
    if (!tail.truncated) return {};
    return Error(ErrorCode::kDataLoss, "media.truncated",
                 "The recording ends before its own header says; what there is was written.");
  }

  const TranscribeCommand& command_;
  const transcript::Provenance& provenance_;
  SystemClock clock_;
  Progress progress_;
  ProgressState state_;
  std::chrono::steady_clock::time_point begin_;
  std::string pending_;  // Text not yet written.
};

}  // namespace

int run_transcribe(const CallContext& context, const TranscribeCommand& command) {
  auto targets = plan_targets(command.inputs, command.output, command.format);
  if (!targets) {
    report("", targets.error());
    return exit_status(targets.error());
  }
  auto engine =
      app::Engine::create(context, {.models_folder = command.models_folder,
                                    .model = command.model,
                                    .thread_count = static_cast<std::size_t>(command.threads)});
  if (!engine) {
    report("", engine.error());
    return exit_status(engine.error());
  }
  const offline::TranscribeOptions options{.decode = decode_options(command.channel),
                                           .pending_max = 2 * (*engine)->thread_count()};
  FileJobs jobs(context, **engine, options, command.inputs);
  Printer printer(command, (*engine)->provenance());
  int status = kExitGood;
  for (std::size_t i = 0; i < command.inputs.size(); ++i) {
    const Result<> printed = printer.print(jobs, i, (*targets)[i]);
    if (printed) continue;
    jobs.skip(i);
    printer.clear();
    // At once: a model that is still loading cannot be interrupted and would hold the exit up. What
    // was half written is gone already, and the decoders end with this process.
    if (context.stop().stop_requested()) ::_exit(kExitInterrupted);
    report(command.inputs[i], printed.error());
    status = kExitFailed;
  }
  return status;
}

}  // namespace sotto::cli
