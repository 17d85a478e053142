#pragma once

namespace sotto::cli {

/// Sotto's version; CMake passes the project's.
inline constexpr char kVersion[] = SOTTO_VERSION;

}  // namespace sotto::cli
