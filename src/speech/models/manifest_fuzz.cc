// Any text as a manifest: refused or understood, and what is understood cannot leave its folder.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "speech/models/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = sotto::models::parse_manifest({reinterpret_cast<const char*>(data), size});
  if (!model) return 0;
  SOTTO_CHECK(!model->files.empty() && model->name.find('/') == std::string::npos);
  for (const auto& file : model->files) {
    SOTTO_CHECK(file.name.find('/') == std::string::npos && !file.name.starts_with('.'));
    SOTTO_CHECK(file.sha256.size() == 64 && file.size > 0 && !file.sources.empty());
    for (const auto& source : file.sources) SOTTO_CHECK(!source.address.starts_with('-'));
  }
  return 0;
}
