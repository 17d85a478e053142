#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/context.h"
#include "speech/models/types.h"

namespace sotto::models {

/// Where a download goes and what it may cost.
struct Download {
  std::filesystem::path folder;  ///< Exists, is empty, and is this download's alone.
  std::uint64_t bytes_max = 0;   ///< Of everything in the folder at any time.
  std::function<void(std::uint64_t)>
      on_bytes;  ///< Bytes so far, from the calling thread; may be null.
};

/// Gets packages and files from the outside world. The one part of Sotto that asks a network for
/// models. One thread at a time; blocks; honours its context within a tenth of a second.
class PackageClient {
 public:
  virtual ~PackageClient() = default;

  /// Downloads what `source` names, unpacks and runs nothing, and gives the path of the archive (of
  /// the file itself for a URL) inside `download.folder`. "models.source_failed" (kUnavailable)
  /// with what the client said as detail, "models.download_too_large", "runtime.disk_full", the
  /// context's own errors. What it leaves in the folder is the caller's to remove.
  virtual Result<std::filesystem::path> fetch(const CallContext& context, const Source& source,
                                              const Download& download) = 0;
};

}  // namespace sotto::models
