#pragma once

#include "base/context.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// Runs the server until the context is stopped (Ctrl-C, SIGTERM). Gives the exit status.
int run_serve(const CallContext& context, const ServeCommand& command);

}  // namespace sotto::cli
