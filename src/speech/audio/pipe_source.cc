#include "speech/audio/pipe_source.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "media/protocol/packet_socket.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::audio {
namespace {

constexpr std::size_t kCopySize = std::size_t{256} << 10;
constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 365);

/// An open file without a name in `folder`.
Result<runtime::UniqueFd> make_unlinked_file(std::filesystem::path folder) {
  std::error_code failure;
  if (folder.empty()) folder = std::filesystem::temp_directory_path(failure);
  runtime::UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // Some file systems (overlay on old kernels, NFS) know no O_TMPFILE.
  std::string name = (folder / ".sotto-spool-XXXXXX").string();
  file.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return runtime::system_error(errno, "spool standard input in the temporary folder");
  if (::unlink(name.c_str()) != 0)
    return runtime::system_error(errno, "spool standard input in the temporary folder");
  return file;
}

}  // namespace

std::optional<std::uint64_t> PipeSource::size() const {
  if (spooled_) return spooled_->size();
  return at_end_ ? std::optional(position_) : std::nullopt;
}

Result<std::size_t> PipeSource::read_pipe(const CallContext& context, std::span<std::byte> bytes) {
  for (;;) {
    SOTTO_TRY(media::wait_for(context, pipe_.get(), POLLIN, kForever));
    const ssize_t count = ::read(pipe_.get(), bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return runtime::system_error(errno, "read the piped media");
    at_end_ = count == 0;
    position_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
}

Result<std::size_t> PipeSource::read_at(const CallContext& context, std::uint64_t offset,
                                        std::span<std::byte> bytes) {
  if (spooled_) return spooled_->read_at(context, offset, bytes);
  if (offset < head_.size()) {
    const auto from = std::span(head_).subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(from.size(), bytes.size());
    std::copy_n(from.begin(), count, bytes.begin());
    return count;
  }
  if (at_end_ && offset >= position_) return std::size_t{0};
  if (offset != position_)
    return Error(ErrorCode::kInternal, "media.protocol_violation",
                 "The media decoder and Sotto did not understand each other.")
        .with_detail("a pipe can only be read in order");
  const bool kept = position_ < kHeadMax;
  if (kept) bytes = bytes.first(std::min(bytes.size(), kHeadMax - head_.size()));
  SOTTO_ASSIGN(const std::size_t count, read_pipe(context, bytes));
  if (kept)
    head_.insert(head_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

Result<> PipeSource::make_seekable(const CallContext& context) {
  if (spooled_) return {};
  if (position_ != head_.size())
    return Error(ErrorCode::kInternal, "media.protocol_violation",
                 "The media decoder and Sotto did not understand each other.")
        .with_detail("seeking was asked for in the middle of a pipe");
  SOTTO_ASSIGN(runtime::UniqueFd file, make_unlinked_file(options_.folder));
  std::vector<std::byte> buffer = head_;
  std::size_t count = buffer.size();
  for (;;) {
    if (position_ > options_.bytes_max)
      return Error(
          ErrorCode::kInsufficientStorage, "audio.spool_full",
          "This format must be stored before it can be decoded, and what comes through the "
          "pipe is larger than the " +
              std::to_string(options_.bytes_max) +
              " bytes allowed for that. Save it to a file and give the file instead.");
    SOTTO_TRY(runtime::write_all(file.get(), {reinterpret_cast<const char*>(buffer.data()), count},
                                 "spool the piped media"));
    if (at_end_) break;
    buffer.resize(kCopySize);
    SOTTO_ASSIGN(count, read_pipe(context, buffer));
  }
  spooled_ = std::make_unique<FileSource>(std::move(file), 0, position_);
  head_ = {};
  return {};
}

}  // namespace sotto::audio
