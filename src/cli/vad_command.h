#pragma once

#include "base/context.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// Runs `sotto vad` and gives its exit status: a line an interval, start and end in milliseconds.
int run_vad(const CallContext& context, const VadCommand& command);

}  // namespace sotto::cli
