#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "platform/crypto/stream.h"

namespace sotto::http {

/// A file that one body is spooled into: written from its start to its end, then read from any
/// place, and gone with the object. It only ever sees encrypted bytes. One thread at a time; blocks
/// on the disk, so no I/O thread touches it, its end included.
class SpoolFile : public crypto::StreamSink, public crypto::StreamSource {};

using SpoolFileFactory = std::function<Result<std::unique_ptr<SpoolFile>>()>;

/// Where request bodies go that are too large for memory, and how much of them.
struct SpoolOptions {
  /// Made with mode 0700 where it is missing. Empty, with no factory either: nothing is spooled,
  /// and bodies stay in memory, as large as their routes allow.
  std::filesystem::path folder;
  /// Makes files elsewhere than in the folder; tests make the disk fail with it. Any thread.
  SpoolFileFactory make_file;

  std::size_t memory_max = std::size_t{64} << 10;     ///< Bytes; a larger body is spooled.
  std::uint64_t body_max = std::uint64_t{4} << 30;    ///< Bytes of one; 413 above.
  std::uint64_t bytes_max = std::uint64_t{16} << 30;  ///< Bytes of all at a time; 507 above.
  std::size_t bodies_max = 512;  ///< At a time, each with up to 300 KiB of memory; 503 above.
  std::size_t disk_threads = 2;  ///< Encrypt and write.

  bool is_on() const { return !folder.empty() || make_file != nullptr; }
};

/// A file in `folder` that has no name: nobody else opens it, and it ends with the process, however
/// that ends. runtime::system_error's errors.
Result<std::unique_ptr<SpoolFile>> make_spool_file(const std::filesystem::path& folder);

}  // namespace sotto::http
