#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/context.h"
#include "speech/models/store.h"
#include "speech/models/types.h"

namespace sotto::models::internal {

/// The next piece of a file's bytes, empty at its end. The view lives until the next call.
using NextChunk = std::function<Result<std::string_view>()>;

/// Puts `file` into `folder` out of the bytes that `next` gives, if they are its bytes: hashed
/// while written under another name, durable, then renamed. Otherwise nothing stays behind:
/// "models.size_mismatch" (at the first byte too many) or "models.hash_mismatch", which name the
/// file and `from`; what `next` and the disk say as it is.
Result<> install_file(const CallContext& context, const ModelFile& file,
                      const std::filesystem::path& folder, const NextChunk& next,
                      std::string_view from);

/// The bytes of the file at `path`, in pieces.
Result<NextChunk> file_chunks(const std::filesystem::path& path);

/// What stands at `path`, by presence, size and hash.
Result<FileState> check_file(const CallContext& context, const ModelFile& file,
                             const std::filesystem::path& path);

}  // namespace sotto::models::internal
