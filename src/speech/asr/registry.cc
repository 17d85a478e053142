#include "speech/asr/registry.h"

#include <string>
#include <utility>

#include "speech/asr/moonshine_engine.h"

namespace sotto::asr {
namespace {

using Factory = Result<std::unique_ptr<Engine>> (*)(const infer::Runtime&,
                                                    const std::filesystem::path&);

struct Family {
  std::string_view name;
  Factory create;
};

Result<std::unique_ptr<Engine>> create_moonshine(const infer::Runtime& runtime,
                                                 const std::filesystem::path& folder) {
  return MoonshineEngine::create(runtime, folder);
}

// One row a family.
constexpr Family kFamilies[] = {
    {"moonshine", create_moonshine},
};

}  // namespace

std::vector<std::string_view> families() {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) names.push_back(family.name);
  return names;
}

Result<std::unique_ptr<Engine>> create_engine(const infer::Runtime& runtime,
                                              std::string_view family,
                                              const std::filesystem::path& folder) {
  for (const Family& row : kFamilies) {
    if (row.name == family) return row.create(runtime, folder);
  }
  return Error(ErrorCode::kUnsupported, "asr.family_unknown",
               "This build cannot run models of the family '" + std::string(family) +
                   "'; it knows: moonshine.");
}

Result<std::unique_ptr<Recognizer>> create_recognizer(const infer::Runtime& runtime,
                                                      std::string_view family,
                                                      const std::filesystem::path& folder,
                                                      const PoolOptions& options) {
  SOTTO_TRY(validate(options));
  SOTTO_ASSIGN(auto engine, create_engine(runtime, family, folder));
  return PooledRecognizer::create(std::move(engine), options);
}

}  // namespace sotto::asr
