#pragma once

#include <vector>

#include "app/configuration.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// sotto config: its exit status. Reads the environment and the file, changes nothing.
int run_config(const ConfigCommand& command);

/// The command line's part, and the environment of this process.
app::SettingsSources settings_sources(const SettingsArguments& arguments);

/// One line each on standard error; the exit status for it.
int report_problems(const std::vector<Error>& problems);

}  // namespace sotto::cli
