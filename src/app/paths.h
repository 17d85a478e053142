#pragma once

#include <filesystem>

#include "base/result.h"

namespace sotto::app {

/// Where models live unless somebody says otherwise: $XDG_DATA_HOME/sotto/models, else
/// ~/.local/share/sotto/models (XDG Base Directory 0.8). "app.no_home" where the environment names
/// neither; relative values are ignored, as that specification asks.
Result<std::filesystem::path> default_models_folder();

/// Where the server keeps its data unless somebody says otherwise: the folder "server" beside that
/// of the models. The same error.
Result<std::filesystem::path> default_data_folder();

/// The helper sotto-media, which stands beside this program.
Result<std::filesystem::path> media_helper_program();

}  // namespace sotto::app
