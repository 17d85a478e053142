#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/settings.h"
#include "platform/config/loader.h"
#include "platform/config/values.h"

namespace sotto::app {

/// Where settings are read from.
struct SettingsSources {
  /// Empty: sotto.toml in the data folder, which need not exist.
  std::filesystem::path file;
  std::vector<config::Inputs::Flag> flags;
  std::vector<std::string> environment;  ///< "NAME=value"; see process_environment().
};

/// The environment of this process.
std::vector<std::string> process_environment();

/// Every effective value, and what is wrong with the settings.
struct Configuration {
  config::Values values;
  Settings settings;              ///< The same with types; data.folder is never empty.
  std::filesystem::path file;     ///< What was read; empty where there was none.
  std::vector<Error> problems;    ///< Not to be used unless empty.
  std::vector<Error> weaknesses;  ///< What profile = production would refuse; under it, problems.

  bool good() const { return problems.empty(); }
};

/// Reads the settings and checks all of them. Problems beside those of config::load():
/// "config.conflict" between settings, "config.weak_setting" under profile = production, and those
/// of reading the file.
Configuration load_configuration(const SettingsSources& sources);

/// What became of a reload.
struct Reload {
  Configuration next;                ///< To be used where it is good(); as it was otherwise.
  std::vector<std::string> changed;  ///< Names of live settings with a new value.
  std::vector<std::string> waiting;  ///< Names of others: they keep their value until a restart.
};

/// Reads the settings again for a program that runs on `current`.
Reload reload_configuration(const Configuration& current, const SettingsSources& sources);

}  // namespace sotto::app
