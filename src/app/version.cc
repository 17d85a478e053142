#include "app/version.h"

namespace sotto::app {

// CMake passes the project's.
std::string_view version() { return SOTTO_VERSION; }

}  // namespace sotto::app
