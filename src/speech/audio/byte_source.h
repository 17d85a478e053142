#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "base/context.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::audio {

/// The bytes of one media file, wherever they are: a file, a pipe, later a decrypted blob.
///
/// Used by one thread. Reads may wait, within their context. The errors are the source's own and
/// reach the caller of AudioStream unchanged.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Up to bytes.size() bytes from `offset`: at least one, or 0 at and beyond the end. A source
  /// that is not seekable may be read from front to back, and anew from 0 while no more than its
  /// first megabyte was read.
  virtual Result<std::size_t> read_at(const CallContext& context, std::uint64_t offset,
                                      std::span<std::byte> bytes) = 0;
  /// Where known; always where seekable.
  virtual std::optional<std::uint64_t> size() const = 0;
  virtual bool seekable() const = 0;
  /// Makes the source seekable, where its container needs that; does nothing where it is already.
  virtual Result<> make_seekable(const CallContext& context) = 0;
};

/// An ordinary file, read with pread(2) from where its descriptor stands.
class FileSource final : public ByteSource {
 public:
  /// `file` must be an ordinary file; `start` is the offset of its first byte that counts.
  FileSource(runtime::UniqueFd file, std::uint64_t start, std::uint64_t size)
      : file_(std::move(file)), start_(start), size_(size) {}

  Result<std::size_t> read_at(const CallContext& context, std::uint64_t offset,
                              std::span<std::byte> bytes) override;
  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<> make_seekable(const CallContext&) override { return {}; }

 private:
  const runtime::UniqueFd file_;
  const std::uint64_t start_;
  const std::uint64_t size_;
};

/// Where the bytes of a pipe go when its container needs seeking.
struct SpoolOptions {
  /// Folder of the unlinked temporary file; the system's temporary folder where empty.
  std::filesystem::path folder;
  /// The most bytes to spool.
  std::uint64_t bytes_max = std::uint64_t{4} << 30;
};

/// A source on an open descriptor, standard input for one: FileSource for an ordinary file,
/// PipeSource for anything else. "runtime.is_a_folder" and the like for what cannot be read.
Result<std::unique_ptr<ByteSource>> open_source(runtime::UniqueFd fd, const SpoolOptions& options);
/// A source on a path; the errors are open_for_reading's.
Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path,
                                                const SpoolOptions& options);

}  // namespace sotto::audio
