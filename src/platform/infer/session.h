#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "platform/infer/runtime.h"
#include "platform/infer/tensor.h"

namespace sotto::infer {

/// How a model is loaded. The defaults are for one core a call: our callers run side by side.
struct SessionOptions {
  /// Threads inside one run. 1 lets the caller's own thread do the work.
  int threads = 1;
  /// Dequantizes weights once while loading where the graph would do it at every run: more memory,
  /// much less time a run for small models (Moonshine base: 16.3 -> 10.6 ms a token).
  bool fold_dequantize = false;
  /// Keeps freed buffers for the next run, in the Runtime's arena. Off gives memory back at once.
  bool arena = true;
  /// Bytes that the model file may have; beyond it "infer.model_too_large".
  std::size_t file_bytes_max = std::size_t{2} << 30;
};

/// One input or output of a model.
struct Port {
  std::string name;
  ElementType type = ElementType::kFloat32;
  Shape shape;  ///< -1 where the model takes any size.
};

/// One input of a run. The tensor is read, not changed.
struct Feed {
  const char* name = nullptr;
  const Tensor* tensor = nullptr;
};

/// A loaded model.
///
/// Holds the weights once; any number of threads may run it at the same time, each run on its
/// caller's thread. Loading takes tenths of a second to seconds and cannot be stopped. Whatever the
/// file holds (nothing, half a model, another model) the answer is an Error.
class Session {
 public:
  /// "infer.model_missing", "infer.model_too_large", "infer.model_unreadable" (damaged, or not a
  /// model), "infer.model_unsupported" (element types that we do not use).
  static Result<std::unique_ptr<Session>> create(const Runtime& runtime,
                                                 const std::filesystem::path& file,
                                                 const SessionOptions& options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  /// Null where the model has no such port.
  const Port* input(std::string_view name) const;
  const Port* output(std::string_view name) const;

  /// Computes `outputs` (names, in the order wanted). Checks the context before it starts and ends
  /// early when its stop fires; the deadline is not looked at while it runs. Errors: the context's,
  /// "infer.run_failed" (a wrong name, type or shape, or a model that cannot compute).
  Result<std::vector<Tensor>> run(const CallContext& context, std::span<const Feed> feeds,
                                  std::span<const char* const> outputs) const;

 private:
  struct Impl;
  Session(std::unique_ptr<Impl> impl, std::vector<Port> inputs, std::vector<Port> outputs);

  std::unique_ptr<Impl> impl_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

}  // namespace sotto::infer
