#pragma once

#include "base/context.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// Runs `sotto models ...` and gives its exit status. Only `pull` touches a network.
int run_models(const CallContext& context, const ModelsCommand& command);

}  // namespace sotto::cli
