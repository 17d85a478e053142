#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::runtime {

/// Opens an ordinary file for reading (close-on-exec). A folder is "runtime.is_a_folder"; another
/// thing that is not a file (a device, a socket) "runtime.not_a_file"; a pipe is let through.
Result<UniqueFd> open_for_reading(const std::filesystem::path& path);

/// The whole file; "runtime.file_too_large" above `bytes_max`, before anything large is read.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

/// Writes all of `bytes` to the descriptor; repeats short writes.
Result<> write_all(int fd, std::string_view bytes, std::string_view doing);

}  // namespace sotto::runtime
