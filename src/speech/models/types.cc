#include "speech/models/types.h"

namespace sotto::models {

std::string_view to_string(ModelKind kind) {
  switch (kind) {
    case ModelKind::kAsr:
      return "asr";
    case ModelKind::kVad:
      return "vad";
  }
  return "";
}

std::string Source::describe() const {
  switch (kind) {
    case SourceKind::kNpm:
      return "npm package " + address;
    case SourceKind::kPypi:
      return "PyPI package " + address;
    case SourceKind::kUrl:
      return address;
  }
  return address;
}

std::uint64_t Model::size() const {
  std::uint64_t total = 0;
  for (const ModelFile& file : files) total += file.size;
  return total;
}

}  // namespace sotto::models
