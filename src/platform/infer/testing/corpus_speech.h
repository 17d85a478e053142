#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sotto::infer {

/// The samples of a WAV file (mono, 16 kHz, 16 bits) below the folder that the environment variable
/// SOTTO_CORPUS names; none where it is unset or has no such file: the test then skips and says so.
std::optional<std::vector<float>> corpus_speech(std::string_view file);

}  // namespace sotto::infer
