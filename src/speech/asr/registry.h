#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "platform/infer/runtime.h"
#include "speech/asr/engine.h"
#include "speech/asr/pooled_recognizer.h"

namespace sotto::asr {

/// The families of models that this build can run, e.g. "moonshine".
std::vector<std::string_view> families();

/// The engine of a family over the files in `folder`. "asr.family_unknown", or what the family's
/// loader says.
Result<std::unique_ptr<Engine>> create_engine(const infer::Runtime& runtime,
                                              std::string_view family,
                                              const std::filesystem::path& folder);

/// The same behind a pool of workers: what the program uses.
Result<std::unique_ptr<Recognizer>> create_recognizer(const infer::Runtime& runtime,
                                                      std::string_view family,
                                                      const std::filesystem::path& folder,
                                                      const PoolOptions& options);

}  // namespace sotto::asr
