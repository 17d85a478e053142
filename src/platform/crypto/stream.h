#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "platform/crypto/key.h"

namespace sotto::crypto {

namespace internal {
class ChunkCipher;
}

/// How much plain text one chunk holds; the last one holds less, unless it is full.
inline constexpr std::size_t kStreamChunkSize = std::size_t{64} << 10;
inline constexpr std::size_t kStreamTagSize = 16;
inline constexpr std::size_t kStreamHeaderSize = 16;
/// 2^32 chunks, the range of their counter: 256 TiB.
inline constexpr std::uint64_t kStreamPlainMax = std::uint64_t{kStreamChunkSize} << 32;

/// How large `plain_size` bytes become; nothing above kStreamPlainMax.
std::optional<std::uint64_t> stream_sealed_size(std::uint64_t plain_size);
/// How many bytes are inside `sealed_size`; nothing for a size that no stream has.
std::optional<std::uint64_t> stream_plain_size(std::uint64_t sealed_size);

/// Where a writer's bytes go, one after the other: a file, a socket. May block within its context.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  /// All of `bytes` or an error, after which the writer writes nothing more.
  virtual Result<> write(const CallContext& context, std::span<const std::byte> bytes) = 0;
};

/// Where a reader's bytes come from: a stored stream. May block within its context.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `into` from `offset` on; fewer bytes only at the end, 0 behind it.
  virtual Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                                   std::span<std::byte> into) = 0;
};

struct StreamOptions {
  /// What the stream belongs to (the id of its recording, ...): it opens under the same words only.
  std::string context;
  /// A writer takes no more plain bytes than this.
  std::uint64_t plain_max = kStreamPlainMax;
};

/// Encrypts a stream as it comes: the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár,
/// CRYPTO 2015) over AES-256-GCM in chunks of 64 KiB; the README has the format.
///
/// The key must be fresh for every stream. append() as often as needed, then finish(): a stream
/// without its end does not open. Holds two chunks of memory, whatever the size. After an error of
/// the sink every call gives that error. One thread at a time; waits only in the sink.
class StreamWriter {
 public:
  /// Writes the header. `sink` outlives the writer.
  static Result<std::unique_ptr<StreamWriter>> create(const CallContext& context, const Key& key,
                                                      Random& random, StreamSink& sink,
                                                      const StreamOptions& options = {});
  ~StreamWriter();
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;

  /// "crypto.stream_too_large" (kTooLarge) above the options' bound, with nothing of it taken.
  Result<> append(const CallContext& context, std::span<const std::byte> bytes);
  /// Writes the last chunk. Call once; afterwards only destroy.
  Result<> finish(const CallContext& context);

  std::uint64_t plain_size() const { return plain_size_; }

 private:
  StreamWriter(std::unique_ptr<internal::ChunkCipher> cipher, StreamSink& sink,
               std::uint64_t plain_max);
  Result<> write(const CallContext& context, std::span<const std::byte> plain, bool is_last);

  std::unique_ptr<internal::ChunkCipher> cipher_;
  StreamSink& sink_;
  const std::uint64_t plain_max_;
  std::uint64_t plain_size_ = 0;
  std::uint64_t chunk_index_ = 0;
  std::vector<std::byte> pending_;  // Kept until it is known whether it is the last chunk.
  std::vector<std::byte> sealed_;
  std::optional<Error> failure_;
  bool finished_ = false;
};

/// Reads any place of a stream, chunk by chunk: nothing is given out that was not authentic.
///
/// open() checks the header and the last chunk, so that a stream that was cut (at a border of
/// chunks too) or that has bytes behind its end is refused before anything of it is used. Holds two
/// chunks of memory. One thread at a time; waits only in the source.
class StreamReader {
 public:
  /// `source` outlives the reader. "crypto.stream_unknown" (not an encrypted stream),
  /// "crypto.stream_version" (of a newer program), "crypto.stream_damaged" (changed, cut, another
  /// key or context); the source's own errors.
  static Result<std::unique_ptr<StreamReader>> open(const CallContext& context, const Key& key,
                                                    StreamSource& source,
                                                    const StreamOptions& options = {});
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  /// How many plain bytes there are.
  std::uint64_t size() const { return plain_size_; }
  /// Fills `into` from `offset` on; fewer bytes only at the end, 0 behind it.
  /// "crypto.stream_damaged", in which case nothing in `into` may be used.
  Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                           std::span<std::byte> into);

 private:
  StreamReader(std::unique_ptr<internal::ChunkCipher> cipher, StreamSource& source,
               std::uint64_t plain_size);
  /// Makes plain_ the chunk with this index.
  Result<> load(const CallContext& context, std::uint64_t index);

  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  std::unique_ptr<internal::ChunkCipher> cipher_;
  StreamSource& source_;
  const std::uint64_t plain_size_;
  const std::uint64_t last_index_;
  std::uint64_t loaded_index_ = kNone;
  std::vector<std::byte> plain_;
  std::vector<std::byte> sealed_;
};

}  // namespace sotto::crypto
