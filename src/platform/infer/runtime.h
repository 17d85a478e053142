#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace sotto::infer {

/// ONNX Runtime's process-wide environment, owned in the open: made once by whoever wires the
/// program, handed to every Session, and outliving them all. It starts no threads and writes no
/// log lines: what the library complains about comes back as an Error's detail. Any thread.
class Runtime {
 public:
  /// "infer.runtime_unavailable" where the library that was found is too old for our headers.
  static Result<std::unique_ptr<Runtime>> create();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The library's version, e.g. "1.24.3".
  const std::string& version() const { return version_; }

 private:
  friend class Session;
  struct Impl;
  Runtime(std::unique_ptr<Impl> impl, std::string version);

  std::unique_ptr<Impl> impl_;
  std::string version_;
};

}  // namespace sotto::infer
