#pragma once

#include <onnxruntime_cxx_api.h>

#include "platform/infer/runtime.h"

namespace sotto::infer {

struct Runtime::Impl {
  Ort::Env env{nullptr};
};

}  // namespace sotto::infer
