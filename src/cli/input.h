#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "speech/audio/byte_source.h"

namespace sotto::cli {

/// The bytes of what was named on the command line; "-" is standard input.
Result<std::unique_ptr<audio::ByteSource>> open_input(const std::string& input);

/// "m4a" of "Notes.M4A"; empty where there is none.
std::string extension_of(const std::string& input);

}  // namespace sotto::cli
