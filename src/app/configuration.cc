#include "app/configuration.h"

#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/internal/setting_rules.h"
#include "app/paths.h"
#include "platform/runtime/file.h"

namespace sotto::app {
namespace {

constexpr std::string_view kFileName = "sotto.toml";
constexpr std::string_view kDataFolder = "data.folder";
constexpr std::string_view kTestPrefix = "SOTTO_TEST_";
// What our tests and benchmarks read, which developers keep exported.
constexpr std::string_view kForeignVariables[] = {
    "SOTTO_BINARY_DIR", "SOTTO_CORPUS", "SOTTO_MODELS", "SOTTO_SOURCE_DIR", "SOTTO_UPDATE_GOLDEN"};

config::Inputs inputs_of(const SettingsSources& sources) {
  return {.environment = sources.environment,
          .foreign_variables = kForeignVariables,
          .flags = sources.flags};
}

/// The file that is read where none was named: its folder must be known before it.
std::filesystem::path usual_file(const SettingsSources& sources) {
  const config::Loaded loaded = config::load(settings_table(), inputs_of(sources));
  std::filesystem::path folder = loaded.values.text(kDataFolder);
  if (folder.empty()) folder = default_data_folder().value_or(std::filesystem::path());
  return folder.empty() ? folder : folder / kFileName;
}

Result<config::SettingsFile> read_settings_file(const std::filesystem::path& path) {
  SOTTO_ASSIGN(const runtime::UniqueFd fd, runtime::open_for_reading(path));
  struct stat status {};
  const bool known = ::fstat(fd.get(), &status) == 0;
  SOTTO_ASSIGN(std::string text, runtime::read_file(path, config::kFileBytesMax));
  return config::SettingsFile{.name = path.string(),
                              .text = std::move(text),
                              .others_can_read = !known || config::exposes_secret(status.st_mode)};
}

bool is_link(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_symlink(path, ignored);
}

/// Fills in what depends on the machine, and checks what more than one setting decides.
void complete(Configuration& configuration) {
  configuration.settings = to_settings(configuration.values);
  auto& folder = configuration.settings.data.folder;
  if (folder.empty()) {
    auto usual = default_data_folder();
    if (!usual) {
      configuration.problems.push_back(usual.error());
      return;
    }
    folder = std::move(*usual);
    configuration.values.set(kDataFolder, config::Value(folder.string()), {});
  }
  for (Error& conflict : internal::conflicts(configuration.settings))
    configuration.problems.push_back(std::move(conflict));
  configuration.weaknesses = internal::weaknesses(
      configuration.settings, internal::look_around(folder, configuration.file));
  if (configuration.settings.profile == Profile::kProduction)
    configuration.problems.insert(configuration.problems.end(), configuration.weaknesses.begin(),
                                  configuration.weaknesses.end());
}

}  // namespace

std::vector<std::string> process_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    // What our tests are told; no area of settings is called that.
    if (!std::string_view(*variable).starts_with(kTestPrefix)) variables.emplace_back(*variable);
  }
  return variables;
}

Configuration load_configuration(const SettingsSources& sources) {
  config::Inputs inputs = inputs_of(sources);
  const std::filesystem::path path = sources.file.empty() ? usual_file(sources) : sources.file;
  std::vector<Error> problems;
  std::filesystem::path file;
  if (!path.empty()) {
    auto read = read_settings_file(path);
    if (read) {
      file = path;
      inputs.file = std::move(*read);
    } else if (!sources.file.empty() || read.error().reason() != "runtime.not_found" ||
               is_link(path)) {  // One that leads nowhere was meant to be a file.
      problems.push_back(read.error());
    }
  }
  config::Loaded loaded = config::load(settings_table(), inputs);
  problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
  const auto& folder = loaded.values.entry(kDataFolder);
  if (sources.file.empty() && folder.source.origin == config::Source::Origin::kFile)
    problems.emplace_back(
        ErrorCode::kInvalidArgument, "config.conflict",
        folder.source.place +
            ": data.folder cannot stand in the file that is found through it; say "
            "--data or SOTTO_DATA_FOLDER, or name the file with --config.");
  Configuration configuration{.values = std::move(loaded.values),
                              .settings = {},
                              .file = std::move(file),
                              .problems = std::move(problems),
                              .weaknesses = {}};
  complete(configuration);
  return configuration;
}

Reload reload_configuration(const Configuration& current, const SettingsSources& sources) {
  Reload reload{.next = load_configuration(sources), .changed = {}, .waiting = {}};
  if (!reload.next.good()) return reload;
  for (const auto& old : current.values.entries()) {
    const std::string_view name = old.setting->name;
    if (config::same_value(old.value, reload.next.values.entry(name).value)) continue;
    if (old.setting->scope == config::Scope::kLive) {
      reload.changed.emplace_back(name);
    } else {
      reload.waiting.emplace_back(name);
      reload.next.values.set(name, config::copy_of(old.value), old.source);
    }
  }
  // What holds now is new values beside old ones: they must agree as well.
  if (!reload.waiting.empty()) complete(reload.next);
  return reload;
}

}  // namespace sotto::app
