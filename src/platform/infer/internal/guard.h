#pragma once

#include <exception>
#include <onnxruntime_cxx_api.h>
#include <string>
#include <type_traits>

#include "base/result.h"
#include "platform/infer/tensor.h"

namespace sotto::infer::internal {

/// What an exception of ONNX Runtime becomes: who was at work decides the reason.
struct Failure {
  ErrorCode code;
  const char* reason;
  const char* message;
};

inline constexpr Failure kUnreadable{
    ErrorCode::kDataLoss, "infer.model_unreadable",
    "The model file is damaged or is not an ONNX model; fetch it again."};
inline constexpr Failure kRunFailed{ErrorCode::kInternal, "infer.run_failed",
                                    "The model could not compute on this input."};
inline constexpr Failure kRuntimeUnavailable{
    ErrorCode::kUnavailable, "infer.runtime_unavailable",
    "ONNX Runtime could not be started; version 1.22 or newer is needed"};

template <typename T>
struct Flat {
  using Type = Result<T>;
};
template <typename T>
struct Flat<Result<T>> {
  using Type = Result<T>;
};

/// Runs `work` (which gives a value or a Result) and turns what it throws into an Error.
/// std::bad_alloc passes through: the boundary of the request answers it.
template <typename Work>
auto guard(const Failure& failure, Work&& work) -> typename Flat<std::invoke_result_t<Work>>::Type {
  try {
    return work();
  } catch (const Ort::Exception& error) {
    return Error(failure.code, failure.reason, failure.message).with_detail(error.what());
  }
}

/// Our name of ONNX Runtime's type; "infer.model_unsupported" for one that we do not use.
Result<ElementType> element_type(ONNXTensorElementDataType type);

}  // namespace sotto::infer::internal

namespace sotto::infer {

/// The library's value, and our copy of what it describes.
struct Tensor::Impl {
  Ort::Value value{nullptr};
  ElementType type = ElementType::kFloat32;
  Shape shape;
  // What the value points into where the tensor owns its elements and the library does not.
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  bool flag = false;
};

}  // namespace sotto::infer
