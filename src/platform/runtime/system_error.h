#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sotto::runtime {

/// An Error out of errno: the code that fits it (ENOENT is kNotFound, EACCES kPermissionDenied,
/// ENOSPC and EDQUOT kInsufficientStorage, anything else kUnavailable) and the reason
/// "runtime.not_found", "runtime.permission_denied", "runtime.disk_full", "runtime.io_failed", ...
/// `doing` is for the user: "read notes.wav" becomes "Cannot read notes.wav: No such file ...".
Error system_error(int error_number, std::string_view doing,
                   std::source_location location = std::source_location::current());

}  // namespace sotto::runtime
