#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/infer/onnx_weights.h"

/// Whatever a file holds: an error, or views that lie inside it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT: as bytes.
  const auto weights = sotto::infer::OnnxWeights::parse(bytes);
  if (!weights) return 0;
  for (const auto& [name, weight] : weights->all()) {
    const bool inside = weight.bytes.empty() ||
                        (weight.bytes.data() >= bytes.data() &&
                         weight.bytes.data() + weight.bytes.size() <= bytes.data() + bytes.size());
    if (!inside) __builtin_trap();
    (void)weights->floats(name, weight.shape);  // Must not crash; either answer is right.
  }
  return 0;
}
