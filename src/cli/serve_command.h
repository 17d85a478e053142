#pragma once

#include "base/context.h"
#include "cli/command_line.h"
#include "platform/runtime/interrupt.h"

namespace sotto::cli {

/// Runs the server until the context is stopped (Ctrl-C, SIGTERM); reads the settings again at
/// SIGHUP. Gives the exit status.
int run_serve(const CallContext& context, const ServeCommand& command,
              runtime::Interrupt& interrupt);

}  // namespace sotto::cli
