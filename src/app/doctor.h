#pragma once

#include <string>
#include <vector>

#include "app/configuration.h"
#include "base/clock.h"
#include "base/context.h"

namespace sotto::app {

/// What one look at the installation found.
struct Finding {
  enum class State : std::uint8_t { kOk, kWarn, kFail };
  std::string check;  ///< "data folder": stable, for programs.
  State state = State::kOk;
  std::string message;
  std::string advice;  ///< What to do; empty where all is well.
};

/// "ok", "warn", "fail".
std::string_view to_string(Finding::State state);

/// Looks at everything that the server needs, changing nothing: settings, data folder, media
/// helper, models, ONNX Runtime, descriptors, addresses, clock, sandbox. Blocks for a second or so.
std::vector<Finding> examine(const CallContext& context, const Configuration& configuration,
                             const Clock& clock);

}  // namespace sotto::app
