#pragma once

#include <filesystem>

#include "base/result.h"

namespace sotto::app {

/// Where models live unless somebody says otherwise: $XDG_DATA_HOME/sotto/models, else
/// ~/.local/share/sotto/models (XDG Base Directory 0.8). "app.no_home" where the environment names
/// neither; relative values are ignored, as that specification asks.
Result<std::filesystem::path> default_models_folder();

/// The helper sotto-media, which stands beside this program.
Result<std::filesystem::path> media_helper_program();

}  // namespace sotto::app
