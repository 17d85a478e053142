#include "cli/config_command.h"

#include <algorithm>
#include <string>
#include <unistd.h>

#include "app/settings_documents.h"
#include "base/text.h"
#include "cli/report.h"
#include "platform/runtime/file.h"
#include "platform/wire/json.h"

namespace sotto::cli {
namespace {

constexpr std::size_t kValueWidth = 60;  // Where the source begins, unless the value is longer.

int print(std::string_view text) {
  const auto written = runtime::write_all(STDOUT_FILENO, text, "write to standard output");
  if (written) return kExitGood;
  report("", written.error());
  return kExitFailed;
}

std::string as_text(const config::Values& values) {
  std::string text;
  for (const auto& entry : values.entries()) {
    std::string line = std::string(entry.setting->name) + " = " + config::to_toml(entry.value);
    line.resize(std::max(line.size() + 1, kValueWidth), ' ');
    text += printable(line + "# " + entry.source.place) + '\n';
  }
  return text;
}

std::string as_json(const config::Values& values) {
  wire::Json list = wire::Json::array();
  for (const auto& entry : values.entries())
    list.push_back({{"name", entry.setting->name},
                    {"value", config::to_toml(entry.value)},
                    {"source", to_string(entry.source.origin)},
                    {"place", entry.source.place},
                    {"live", entry.setting->scope == config::Scope::kLive},
                    {"secret", entry.setting->secret}});
  return wire::to_text(list) + '\n';
}

int show(const ConfigCommand& command) {
  const app::Configuration configuration =
      app::load_configuration(settings_sources(command.settings));
  if (!configuration.good()) return report_problems(configuration.problems);
  return print(command.json ? as_json(configuration.values) : as_text(configuration.values));
}

int check(const ConfigCommand& command) {
  const app::Configuration configuration =
      app::load_configuration(settings_sources(command.settings));
  if (!configuration.good()) return report_problems(configuration.problems);
  for (const Error& weakness : configuration.weaknesses)
    report_warning("", weakness.message(), weakness.reason());
  return print(configuration.file.empty() ? "No file of settings; the rest is good.\n"
                                          : printable(configuration.file.native()) + " is good.\n");
}

}  // namespace

int run_config(const ConfigCommand& command) {
  switch (command.verb) {
    case ConfigCommand::Verb::kShow:
      return show(command);
    case ConfigCommand::Verb::kCheck:
      return check(command);
    case ConfigCommand::Verb::kDocs:
      return print(command.sample ? app::settings_sample() : app::settings_reference());
  }
  return kExitFailed;
}

app::SettingsSources settings_sources(const SettingsArguments& arguments) {
  return {
      .file = arguments.file, .flags = arguments.flags, .environment = app::process_environment()};
}

int report_problems(const std::vector<Error>& problems) {
  bool from_flags_alone = !problems.empty();
  for (const Error& problem : problems) {
    report("", problem);
    from_flags_alone = from_flags_alone && problem.message().starts_with("--");
  }
  return from_flags_alone ? kExitUsage : kExitFailed;
}

}  // namespace sotto::cli
