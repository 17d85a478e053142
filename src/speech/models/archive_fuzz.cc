// Any bytes as a package: read to the end or refused, within the limits.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "speech/models/internal/archive_reader.h"

namespace sotto::models {
namespace {

void read_within_bounds(std::string_view archive) {
  static const std::vector<std::string> kWanted{"f", "dist/model.onnx", "package/f"};
  constexpr internal::ArchiveLimits kLimits{.entries_max = 100, .unpacked_bytes_max = 1'000'000};
  std::vector<int> calls(kWanted.size(), 0);
  std::uint64_t bytes = 0;
  static_cast<void>(internal::read_members_in_memory(
      CallContext::with_timeout(std::chrono::minutes(1)), archive, kWanted,
      [&](std::size_t index, const internal::NextChunk& next) -> Result<> {
        SOTTO_CHECK(++calls.at(index) == 1);
        for (;;) {
          SOTTO_ASSIGN(const std::string_view chunk, next());
          if (chunk.empty()) return {};
          bytes += chunk.size();
        }
      },
      kLimits));
  SOTTO_CHECK(bytes <= kLimits.unpacked_bytes_max);
}

}  // namespace
}  // namespace sotto::models

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::models::read_within_bounds({reinterpret_cast<const char*>(data), size});
  return 0;
}
