#pragma once

namespace sotto::app {

/// Sotto's version; CMake passes the project's.
inline constexpr char kVersion[] = SOTTO_VERSION;

}  // namespace sotto::app
