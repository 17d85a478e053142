#pragma once

#include <string_view>

namespace sotto::app {

/// docs/reference/settings.md: every setting, for people.
std::string_view settings_reference();

/// deploy/config.example.toml: a file with every setting, commented out.
std::string_view settings_sample();

}  // namespace sotto::app
