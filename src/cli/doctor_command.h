#pragma once

#include "base/context.h"
#include "cli/command_line.h"

namespace sotto::cli {

/// sotto doctor: 0 where no check fails, else 1.
int run_doctor(const CallContext& context, const DoctorCommand& command);

}  // namespace sotto::cli
