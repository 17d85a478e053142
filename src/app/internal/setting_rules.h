#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/settings.h"

namespace sotto::app::internal {

/// What settings alone cannot tell.
struct Surroundings {
  bool data_is_temporary = false;       ///< Under /tmp or /var/tmp, or in memory.
  bool file_others_can_change = false;  ///< The settings file, by its mode or its owner.
  std::string file;
  bool data_others_can_enter = false;  ///< The data folder, by its mode.
  bool has_seccomp = false;            ///< The kernel can filter system calls.
};

/// Looks at the disk and the kernel. A folder that is not there yet is judged by its parents.
Surroundings look_around(const std::filesystem::path& data, const std::filesystem::path& file);

/// Settings that contradict each other: "config.conflict".
std::vector<Error> conflicts(const Settings& settings);

/// What may be fine on one's own machine and is not on a network: "config.weak_setting", each with
/// what would be right.
std::vector<Error> weaknesses(const Settings& settings, const Surroundings& surroundings);

}  // namespace sotto::app::internal
