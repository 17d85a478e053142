#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/infer/tensor.h"

namespace sotto::infer {

/// One constant of an ONNX model: a view into the file's bytes, wherever they lie there.
struct OnnxWeight {
  std::int32_t data_type = 0;  ///< TensorProto.DataType of onnx.proto: 1 is float32, 3 is int8.
  Shape shape;
  std::string_view bytes;  ///< Little-endian elements, innermost dimension first; unaligned.
};

/// The constants of an ONNX model by name, for kernels of our own: the initializers of its graph
/// and of the graphs inside it, and what its Constant nodes hold (named by their output).
///
/// Reads the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding) as far as
/// that takes: no operator is looked at, nothing is copied. Values stored in typed lists other than
/// float_data, or in other files, are left out.
class OnnxWeights {
 public:
  static constexpr std::size_t kDepthMax = 8;        ///< Graphs inside graphs.
  static constexpr std::size_t kCountMax = 100'000;  ///< Constants.

  /// Views `bytes`, which must outlive the result. "infer.model_unreadable" for what is no ONNX
  /// model, is cut, or passes a limit.
  static Result<OnnxWeights> parse(std::string_view bytes);

  /// A copy of the values of the float32 constant `name`; "infer.weight_mismatch" where there is
  /// none or its shape is another.
  Result<std::vector<float>> floats(std::string_view name, const Shape& shape) const;

  const std::map<std::string, OnnxWeight, std::less<>>& all() const { return weights_; }

 private:
  std::map<std::string, OnnxWeight, std::less<>> weights_;
};

}  // namespace sotto::infer
