#include "speech/audio/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"
#include "speech/audio/pipe_source.h"

namespace sotto::audio {

Result<std::size_t> FileSource::read_at(const CallContext& context, std::uint64_t offset,
                                        std::span<std::byte> bytes) {
  SOTTO_TRY(context.check());
  if (offset >= size_) return std::size_t{0};
  for (;;) {
    const ssize_t count =
        ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(start_ + offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return runtime::system_error(errno, "read the media file");
  }
}

Result<std::unique_ptr<ByteSource>> open_source(runtime::UniqueFd fd, const SpoolOptions& options) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return runtime::system_error(errno, "read the media file");
  if (S_ISDIR(status.st_mode)) return runtime::system_error(EISDIR, "read the media file");
  if (S_ISREG(status.st_mode)) {
    // `sotto < file` after something else has read from it goes on from there, as a pipe would.
    const off_t start = std::max<off_t>(0, ::lseek(fd.get(), 0, SEEK_CUR));
    const off_t size = std::max<off_t>(0, status.st_size - start);
    return std::make_unique<FileSource>(std::move(fd), static_cast<std::uint64_t>(start),
                                        static_cast<std::uint64_t>(size));
  }
  return std::make_unique<PipeSource>(std::move(fd), options);
}

Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path,
                                                const SpoolOptions& options) {
  SOTTO_ASSIGN(runtime::UniqueFd fd, runtime::open_for_reading(path));
  return open_source(std::move(fd), options);
}

}  // namespace sotto::audio
