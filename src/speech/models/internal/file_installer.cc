#include "speech/models/internal/file_installer.h"

#include <cerrno>
#include <memory>
#include <string>
#include <unistd.h>

#include "base/text.h"
#include "platform/crypto/hex.h"
#include "platform/crypto/sha256.h"
#include "platform/runtime/atomic_file.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::models::internal {
namespace {

constexpr std::size_t kChunkSize = std::size_t{256} << 10;

Error size_mismatch(const ModelFile& file, std::string_view from, const std::string& found) {
  return Error(ErrorCode::kDataLoss, "models.size_mismatch",
               file.name + " from " + std::string(from) + " has " + found + " bytes instead of " +
                   std::to_string(file.size) + "; it was refused.");
}

}  // namespace

Result<> install_file(const CallContext& context, const ModelFile& file,
                      const std::filesystem::path& folder, const NextChunk& next,
                      std::string_view from) {
  SOTTO_ASSIGN(const auto target, runtime::AtomicFile::create(folder / file.name));
  crypto::Sha256 hash;
  std::uint64_t size = 0;
  for (;;) {
    SOTTO_TRY(context.check());
    SOTTO_ASSIGN(const std::string_view chunk, next());
    if (chunk.empty()) break;
    size += chunk.size();
    if (size > file.size) return size_mismatch(file, from, "more");
    hash.update(chunk);
    SOTTO_TRY(target->write(chunk));
  }
  if (size != file.size) return size_mismatch(file, from, std::to_string(size));
  const std::string found = crypto::to_hex(hash.finish());
  if (found != file.sha256)
    return Error(ErrorCode::kDataLoss, "models.hash_mismatch",
                 file.name + " from " + std::string(from) +
                     " is not the file that Sotto knows (its SHA-256 differs); it was refused.")
        .with_detail("found " + found + ", wanted " + file.sha256);
  return target->commit();
}

Result<NextChunk> file_chunks(const std::filesystem::path& path) {
  SOTTO_ASSIGN(runtime::UniqueFd opened, runtime::open_for_reading(path));
  // Shared because a std::function must be copyable; in truth it has one owner.
  const auto fd = std::make_shared<const runtime::UniqueFd>(std::move(opened));
  const auto buffer = std::make_shared<std::string>(kChunkSize, '\0');
  return NextChunk([fd, buffer, path]() -> Result<std::string_view> {
    ssize_t count = -1;
    do {
      count = ::read(fd->get(), buffer->data(), buffer->size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return runtime::system_error(errno, "read " + printable(path.native()));
    return std::string_view(*buffer).substr(0, static_cast<std::size_t>(count));
  });
}

Result<FileState> check_file(const CallContext& context, const ModelFile& file,
                             const std::filesystem::path& path) {
  const FileState state = quick_state(file, path);
  if (state != FileState::kIntact) return state;
  SOTTO_ASSIGN(const NextChunk next, file_chunks(path));
  crypto::Sha256 hash;
  for (;;) {
    SOTTO_TRY(context.check());
    SOTTO_ASSIGN(const std::string_view chunk, next());
    if (chunk.empty()) break;
    hash.update(chunk);
  }
  return crypto::to_hex(hash.finish()) == file.sha256 ? FileState::kIntact : FileState::kDamaged;
}

}  // namespace sotto::models::internal
