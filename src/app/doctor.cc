#include "app/doctor.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <sys/resource.h>
#include <sys/timex.h>
#include <utility>

#include "app/engine.h"
#include "app/internal/doctor_checks.h"
#include "app/internal/setting_rules.h"
#include "app/paths.h"
#include "app/service_options.h"
#include "base/text.h"
#include "platform/infer/runtime.h"
#include "speech/audio/media_helper.h"

namespace sotto::app {
namespace {

using State = Finding::State;

constexpr std::uint64_t kDescriptorsBeside = 256;  // Files, models, helper, log.
constexpr std::chrono::seconds kHelperWait{10};
// The program was made after it, so no right clock says less.
constexpr WallTime kEarliest{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}};

Finding from_error(std::string check, const Error& error, std::string advice) {
  return {std::move(check), State::kFail, error.message(), std::move(advice)};
}

void check_settings(const Configuration& configuration, std::vector<Finding>& findings) {
  for (const Error& problem : configuration.problems)
    findings.push_back(
        from_error("settings", problem, "Mend it; docs/reference/settings.md has every setting."));
  if (configuration.settings.profile != Profile::kProduction)
    for (const Error& weakness : configuration.weaknesses)
      findings.push_back({"settings", State::kWarn, weakness.message(),
                          "Mend it before others on a network use the server."});
  if (configuration.good())
    findings.push_back({"settings", State::kOk,
                        configuration.file.empty()
                            ? "No file of settings; defaults, environment and options hold."
                            : "Read from " + printable(configuration.file.native()) + '.',
                        ""});
}

Finding check_helper(const CallContext& context) {
  const auto program = media_helper_program();
  if (!program)
    return from_error("media helper", program.error(), "Install sotto and sotto-media together.");
  audio::MediaHelper helper({.program = *program});
  const auto job = helper.start_job(context.sooner(std::chrono::steady_clock::now() + kHelperWait));
  if (!job)
    return from_error("media helper", job.error(),
                      "sotto-media must stand beside sotto, of the same version, with FFmpeg's "
                      "libraries installed.");
  return {"media helper", State::kOk, printable(program->native()) + " answers.", ""};
}

void check_models(std::vector<Finding>& findings) {
  const auto models = Models::open({});
  if (!models) {
    findings.push_back(from_error("models", models.error(), "Say where models live."));
    return;
  }
  for (const models::Model& model : models->catalogue.models()) {
    const models::ModelState state = models->store.state(model);
    if (state == models::ModelState::kInstalled) {
      findings.push_back({"models", State::kOk, model.name + " is installed.", ""});
    } else if (model.name == models->catalogue.default_of(models::ModelKind::kAsr).name ||
               model.name == models->catalogue.default_of(models::ModelKind::kVad).name ||
               state == models::ModelState::kPartial) {
      findings.push_back({"models", State::kWarn,
                          model.name + " is " + std::string(models::to_string(state)) + '.',
                          "sotto models pull " + model.name});
    }
  }
}

Finding check_runtime() {
  const auto runtime = infer::Runtime::create();
  if (!runtime)
    return from_error("onnx runtime", runtime.error(),
                      "Install the library beside the program (tools/setup/run does).");
  return {"onnx runtime", State::kOk, "Version " + (*runtime)->version() + '.', ""};
}

Finding check_descriptors(const Settings& settings) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return {"descriptors", State::kWarn, "The limit of descriptors cannot be read.", ""};
  const std::uint64_t wanted = settings.server.connections_max + kDescriptorsBeside;
  if (limit.rlim_max >= wanted)
    return {
        "descriptors", State::kOk,
        std::to_string(limit.rlim_max) + " may be open; " + std::to_string(wanted) + " are enough.",
        ""};
  return {"descriptors", State::kWarn,
          std::to_string(limit.rlim_max) + " may be open; server.connections_max needs " +
              std::to_string(wanted) + '.',
          "Raise LimitNOFILE of the unit (or ulimit -n), or lower server.connections_max."};
}

Finding check_clock(const Clock& clock) {
  if (clock.now() < kEarliest)
    return {"clock", State::kFail, "The clock says a time before this program was made.",
            "Set it, and keep it right with NTP."};
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR)
    return {"clock", State::kWarn,
            "Nothing keeps the clock right (the kernel says unsynchronised).",
            "Run an NTP client such as chrony; in a container the host's counts."};
  return {"clock", State::kOk, "Kept right.", ""};
}

}  // namespace

std::string_view to_string(Finding::State state) {
  switch (state) {
    case State::kOk:
      return "ok";
    case State::kWarn:
      return "warn";
    case State::kFail:
      return "fail";
  }
  return "fail";
}

std::vector<Finding> examine(const CallContext& context, const Configuration& configuration,
                             const Clock& clock) {
  const Settings& settings = configuration.settings;
  std::vector<Finding> findings;
  check_settings(configuration, findings);
  internal::check_data_folder(settings.data.folder, findings);
  if (configuration.good())
    findings.push_back(internal::check_storage(context, storage_options(settings)));
  for (const auto* listen : {&settings.server.listen, &settings.metrics.listen})
    for (const http::Endpoint& endpoint : *listen)
      findings.push_back(internal::check_endpoint_use(context, endpoint));
  findings.push_back(check_descriptors(settings));
  findings.push_back(check_clock(clock));
  internal::check_sandbox(findings);
  findings.push_back(check_runtime());
  findings.push_back(check_helper(context));
  check_models(findings);
  return findings;
}

}  // namespace sotto::app
