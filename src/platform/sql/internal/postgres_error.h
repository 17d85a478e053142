#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace sotto::sql::internal {

/// A SQLSTATE as our error. `text` is the server's, for the log; `is_reading` tells a statement
/// that should not write from a server that cannot be written to.
Error postgres_error(std::string_view state, std::string text, bool is_reading);

}  // namespace sotto::sql::internal
