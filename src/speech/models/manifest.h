#pragma once

#include <string_view>

#include "base/result.h"
#include "speech/models/types.h"

namespace sotto::models {

/// Reads one file of spec/models. Strict: an unknown key, a name that could leave the model's
/// folder, a hash that is not 64 lower-case digits, an address that is not pinned or not https, a
/// file without a source are refused as "models.manifest_invalid" (kInvalidArgument) with the
/// place.
Result<Model> parse_manifest(std::string_view text);

}  // namespace sotto::models
