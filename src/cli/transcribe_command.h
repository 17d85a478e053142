#pragma once

#include "base/context.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// Runs `sotto transcribe` and gives its exit status. Never touches a network.
int run_transcribe(const CallContext& context, const TranscribeCommand& command);

}  // namespace sotto::cli
