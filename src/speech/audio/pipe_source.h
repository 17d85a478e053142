#pragma once

#include <vector>

#include "speech/audio/byte_source.h"

namespace sotto::audio {

/// What comes through a pipe, a FIFO or a terminal. Keeps its first megabyte, so that the container
/// can be told before it is decoded; beyond that bytes pass once, in order. Where the container
/// needs seeking everything goes to an unlinked file first, which no other process can see and no
/// crash leaves behind. One thread.
class PipeSource final : public ByteSource {
 public:
  /// What the decoder may look at before it starts anew at 0.
  static constexpr std::size_t kHeadMax = std::size_t{1} << 20;

  PipeSource(runtime::UniqueFd pipe, SpoolOptions options)
      : pipe_(std::move(pipe)), options_(std::move(options)) {}

  Result<std::size_t> read_at(const CallContext& context, std::uint64_t offset,
                              std::span<std::byte> bytes) override;
  std::optional<std::uint64_t> size() const override;
  bool seekable() const override { return spooled_ != nullptr; }
  /// "audio.spool_full" beyond SpoolOptions::bytes_max; the folder's own errors.
  Result<> make_seekable(const CallContext& context) override;

 private:
  Result<std::size_t> read_pipe(const CallContext& context, std::span<std::byte> bytes);

  const runtime::UniqueFd pipe_;
  const SpoolOptions options_;
  std::vector<std::byte> head_;
  std::uint64_t position_ = 0;  // Bytes taken from the pipe.
  bool at_end_ = false;
  std::unique_ptr<FileSource> spooled_;
};

}  // namespace sotto::audio
