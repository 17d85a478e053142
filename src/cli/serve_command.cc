#include "cli/serve_command.h"

#include <string>
#include <unistd.h>
#include <utility>

#include "app/configuration.h"
#include "app/service.h"
#include "app/service_options.h"
#include "cli/config_command.h"
#include "cli/report.h"
#include "platform/obs/log.h"

namespace sotto::cli {
namespace {

using app::Configuration;
using obs::LogLevel;

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

/// The settings of a running server: read again at every SIGHUP.
class LiveSettings {
 public:
  LiveSettings(Configuration first, app::SettingsSources sources, obs::Log& log)
      : current_(std::move(first)), sources_(std::move(sources)), log_(log) {}

  /// Reads everything again. A mistake in the settings changes none; a broken certificate leaves
  /// the old one.
  void reload(app::Service& service) {
    if (const auto renewed = service.reload_certificate(); !renewed)
      log_.write(LogLevel::kError, "certificate refused", renewed.error());
    app::Reload reload = app::reload_configuration(current_, sources_);
    if (!reload.next.good()) {
      for (const Error& problem : reload.next.problems)
        log_.write(LogLevel::kError, "settings refused", problem);
      return;
    }
    current_ = std::move(reload.next);
    if (!reload.changed.empty()) {
      // The level first: it may be what is changed to see the rest.
      log_.set_least(current_.settings.log.level);
      service.reload(app::service_options(current_.settings));
    }
    // Said once it holds, so that whoever waits for the line may rely on it.
    if (!reload.waiting.empty())
      log_.write(LogLevel::kWarning, "settings need a restart",
                 {{"names", joined(reload.waiting)}});
    log_.write(LogLevel::kInfo, "settings reloaded", {{"changed", joined(reload.changed)}});
  }

 private:
  Configuration current_;
  const app::SettingsSources sources_;
  obs::Log& log_;
};

}  // namespace

int run_serve(const CallContext& context, const ServeCommand& command,
              runtime::Interrupt& interrupt) {
  const SystemClock clock;
  app::SettingsSources sources = settings_sources(command.settings);
  Configuration configuration = app::load_configuration(sources);
  if (!configuration.good()) return report_problems(configuration.problems);
  const app::Settings& settings = configuration.settings;
  obs::Log log(STDERR_FILENO, settings.log.format, settings.log.level, clock);
  auto service = app::Service::start(context, app::service_options(settings),
                                     app::storage_options(settings), log);
  if (!service) {
    report("", service.error());
    return exit_status(service.error());
  }
  for (const http::Endpoint& endpoint : (*service)->endpoints())
    log.write(LogLevel::kInfo, "listening",
              {{"address", endpoint.to_string()},
               {"tls", endpoint.secure},
               {"data", settings.data.folder.string()}});
  for (const http::Endpoint& endpoint : (*service)->redirect_endpoints())
    log.write(LogLevel::kInfo, "redirecting", {{"address", endpoint.to_string()}});
  LiveSettings live(std::move(configuration), std::move(sources), log);
  while (interrupt.wait_for_hangup(context)) live.reload(**service);
  log.write(LogLevel::kInfo, "stopping");
  (*service)->stop();
  log.write(LogLevel::kInfo, "stopped");
  return kExitGood;
}

}  // namespace sotto::cli
