#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sotto::media {

/// The bytes of one file, as the decoder sees them: the caller behind a socket, or memory in a
/// test. Never a path. One thread; reads may wait for as long as the peer lives.
class Input {
 public:
  virtual ~Input() = default;

  /// Up to bytes.size() bytes from `offset`; 0 at and beyond the end. None where the input has
  /// failed: then everything ends, without a word.
  virtual std::optional<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) = 0;
  virtual std::optional<std::uint64_t> size() const = 0;
  virtual bool seekable() const = 0;
  /// Asks for an input that can be read in any order; false where it has failed.
  virtual bool make_seekable() = 0;
  virtual bool failed() const = 0;
  /// True where nobody waits for the result any more; asked now and then during long work.
  virtual bool abandoned() const = 0;
};

}  // namespace sotto::media
