#include "speech/models/internal/archive_reader.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <memory>
#include <optional>
#include <vector>

#include "base/text.h"
#include "platform/runtime/file.h"

namespace sotto::models::internal {
namespace {

constexpr std::size_t kBlockSize = std::size_t{64} << 10;

struct ArchiveCloser {
  void operator()(struct archive* handle) const { ::archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<struct archive, ArchiveCloser>;

Result<ArchiveHandle> make_handle() {
  ArchiveHandle handle(::archive_read_new());
  // Only what packages are made of: every other format and filter is code that need not run.
  if (!handle || ::archive_read_support_filter_gzip(handle.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_tar(handle.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_zip(handle.get()) != ARCHIVE_OK)
    return SOTTO_BUG("libarchive lacks gzip, tar or zip");
  return handle;
}

Error damaged(struct archive* handle) {
  const char* const text = ::archive_error_string(handle);
  return Error(ErrorCode::kDataLoss, "models.archive_damaged",
               "The downloaded package is cut, damaged or not an archive.")
      .with_detail(printable(text != nullptr ? text : ""));
}

class MemberReader {
 public:
  MemberReader(const CallContext& context, struct archive* handle, const ArchiveLimits& limits)
      : context_(context), handle_(handle), limits_(limits), buffer_(kBlockSize, '\0') {}

  Result<> read(std::span<const std::string> wanted, const OnMember& on_member) {
    std::vector<bool> had(wanted.size(), false);
    std::size_t missing_count = wanted.size();
    while (missing_count > 0) {
      SOTTO_TRY(context_.check());
      struct archive_entry* entry = nullptr;
      const int status = ::archive_read_next_header(handle_, &entry);
      if (status == ARCHIVE_EOF) return {};
      if (status < ARCHIVE_WARN) return damaged(handle_);
      if (++entry_count_ > limits_.entries_max) return too_large();
      const std::optional<std::size_t> index = index_of(entry, wanted);
      if (!index || had[*index]) {
        SOTTO_TRY(skip());
        continue;
      }
      had[*index] = true;
      --missing_count;
      SOTTO_TRY(on_member(*index, [this] { return next_chunk(); }));
      if (missing_count > 0) SOTTO_TRY(skip());
    }
    return {};
  }

 private:
  std::optional<std::size_t> index_of(struct archive_entry* entry,
                                      std::span<const std::string> wanted) const {
    if (::archive_entry_filetype(entry) != AE_IFREG || ::archive_entry_hardlink(entry) != nullptr)
      return std::nullopt;
    const char* const raw = ::archive_entry_pathname(entry);
    if (raw == nullptr) return std::nullopt;
    std::string_view name(raw);
    if (name.starts_with("./")) name.remove_prefix(2);
    if ((::archive_format(handle_) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR)
      name.remove_prefix(std::min(name.size(), name.find('/') + 1));
    const auto found = std::find(wanted.begin(), wanted.end(), name);
    if (found == wanted.end()) return std::nullopt;
    return static_cast<std::size_t>(found - wanted.begin());
  }

  Result<std::string_view> next_chunk() {
    const la_ssize_t count = ::archive_read_data(handle_, buffer_.data(), buffer_.size());
    if (count < 0) return damaged(handle_);
    unpacked_bytes_ += static_cast<std::uint64_t>(count);
    if (unpacked_bytes_ > limits_.unpacked_bytes_max) return too_large();
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
  }

  /// Reads the rest of a member for nothing. libarchive's own skipping would neither count what
  /// comes out of the decompressor nor notice that somebody stopped the call.
  Result<> skip() {
    for (;;) {
      SOTTO_TRY(context_.check());
      SOTTO_ASSIGN(const std::string_view chunk, next_chunk());
      if (chunk.empty()) return {};
    }
  }

  static Error too_large() {
    return Error(ErrorCode::kTooLarge, "models.archive_too_large",
                 "The downloaded package unpacks to far more than it should.");
  }

  const CallContext& context_;
  struct archive* const handle_;
  const ArchiveLimits& limits_;
  std::string buffer_;
  std::uint64_t entry_count_ = 0;
  std::uint64_t unpacked_bytes_ = 0;
};

}  // namespace

Result<> read_members(const CallContext& context, const std::filesystem::path& archive,
                      std::span<const std::string> wanted, const OnMember& on_member,
                      const ArchiveLimits& limits) {
  SOTTO_ASSIGN(const runtime::UniqueFd fd, runtime::open_for_reading(archive));
  SOTTO_ASSIGN(const ArchiveHandle handle, make_handle());
  if (::archive_read_open_fd(handle.get(), fd.get(), kBlockSize) != ARCHIVE_OK)
    return damaged(handle.get());
  return MemberReader(context, handle.get(), limits).read(wanted, on_member);
}

Result<> read_members_in_memory(const CallContext& context, std::string_view archive,
                                std::span<const std::string> wanted, const OnMember& on_member,
                                const ArchiveLimits& limits) {
  SOTTO_ASSIGN(const ArchiveHandle handle, make_handle());
  if (::archive_read_open_memory(handle.get(), archive.data(), archive.size()) != ARCHIVE_OK)
    return damaged(handle.get());
  return MemberReader(context, handle.get(), limits).read(wanted, on_member);
}

}  // namespace sotto::models::internal
