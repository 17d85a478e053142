#pragma once

#include <string>

#include "base/error.h"

namespace sotto::sql::internal {

/// An extended result code of SQLite as our error. `text` is SQLite's own, for the log;
/// `is_reading` tells a statement that should not write from a file that cannot be written.
Error sqlite_error(int code, std::string text, bool is_reading);

/// True where the connection's view of the file is not to be trusted any more.
bool spoils_connection(int code);

}  // namespace sotto::sql::internal
