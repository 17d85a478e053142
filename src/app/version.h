#pragma once

#include <string_view>

namespace sotto::app {

/// Sotto's version, e.g. "0.1.0".
std::string_view version();

}  // namespace sotto::app
