#include "platform/infer/internal/guard.h"

namespace sotto::infer::internal {

Result<ElementType> element_type(ONNXTensorElementDataType type) {
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) return ElementType::kFloat32;
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) return ElementType::kInt64;
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL) return ElementType::kBool;
  return Error(ErrorCode::kUnsupported, "infer.model_unsupported",
               "The model uses an element type other than float32, int64 and bool.")
      .with_detail("ONNX type " + std::to_string(static_cast<int>(type)));
}

}  // namespace sotto::infer::internal
