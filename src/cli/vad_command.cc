#include "cli/vad_command.h"

#include <fmt/format.h>
#include <unistd.h>
#include <vector>

#include "app/engine.h"
#include "app/paths.h"
#include "cli/input.h"
#include "cli/report.h"
#include "platform/runtime/file.h"
#include "speech/audio/audio_stream.h"
#include "speech/vad/speech_detector.h"

namespace sotto::cli {
namespace {

constexpr std::size_t kReadFrames = audio::kSampleRate / 2;

Result<> print(const std::vector<vad::SpeechInterval>& intervals) {
  std::string text;
  for (const vad::SpeechInterval& interval : intervals) {
    text += fmt::format("{}\t{}\n", interval.start_sample * 1000 / audio::kSampleRate,
                        interval.end_sample * 1000 / audio::kSampleRate);
  }
  return runtime::write_all(STDOUT_FILENO, text, "write to standard output");
}

Result<audio::DecodeSummary> detect(const CallContext& context, const VadCommand& command) {
  SOTTO_ASSIGN(const app::Models models, app::Models::open(command.models_folder));
  SOTTO_ASSIGN(const app::VadEngine engine, app::VadEngine::create(context, models));
  SOTTO_ASSIGN(auto detector, vad::SpeechDetector::create(engine.make()));
  SOTTO_ASSIGN(std::filesystem::path helper, app::media_helper_program());
  audio::MediaHelper media({.program = std::move(helper)});
  SOTTO_ASSIGN(const auto source, open_input(command.input));
  SOTTO_ASSIGN(const auto stream,
               audio::AudioStream::open(context, media, *source,
                                        {.extension = extension_of(command.input)}));
  std::vector<float> samples(kReadFrames);
  std::vector<vad::SpeechInterval> intervals;
  for (;;) {
    SOTTO_ASSIGN(const std::size_t count, stream->read(context, samples));
    if (count == 0) break;
    SOTTO_TRY(detector.push(context, std::span(samples).first(count), intervals));
    SOTTO_TRY(print(intervals));
    intervals.clear();
  }
  SOTTO_TRY(detector.finish(context, intervals));
  SOTTO_TRY(print(intervals));
  return stream->finish();
}

}  // namespace

int run_vad(const CallContext& context, const VadCommand& command) {
  const auto summary = detect(context, command);
  if (!summary) {
    if (!context.stop().stop_requested()) report(command.input, summary.error());
    return exit_status(summary.error());
  }
  for (const transcript::Warning& warning : summary->warnings)
    report_warning(command.input, warning.message, warning.reason);
  if (!summary->truncated) return kExitGood;
  report(command.input, Error(ErrorCode::kDataLoss, "media.truncated",
                              "The recording ends before its own header says."));
  return kExitFailed;
}

}  // namespace sotto::cli
