#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"

namespace sotto::http {

/// Bytes that can be read from any place of them: a stored file, a decrypting view of one.
/// One reader at a time; may block within its context, so only handler threads call it.
class ByteView {
 public:
  virtual ~ByteView() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `into` from `offset` on; fewer bytes only at the end, 0 behind it.
  virtual Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                                   std::span<std::byte> into) = 0;
};

/// The body of a request: small ones in memory, large ones spooled to disk before a handler runs,
/// so that a slow client never holds one.
class Body {
 public:
  Body() = default;
  explicit Body(std::string bytes) : bytes_(std::move(bytes)) {}
  explicit Body(std::unique_ptr<ByteView> spooled) : spooled_(std::move(spooled)) {}

  std::uint64_t size() const { return spooled_ ? spooled_->size() : bytes_.size(); }
  bool is_spooled() const { return spooled_ != nullptr; }
  /// All of it where it is in memory; empty where it is spooled.
  std::string_view bytes() const { return bytes_; }
  /// All of it, wherever it is, for handlers whose route's body_max is small enough for memory.
  Result<std::string> read_all(const CallContext& context) const;
  /// Where it is spooled; null otherwise. May not outlive the server.
  ByteView* spooled() { return spooled_.get(); }

 private:
  std::string bytes_;
  std::unique_ptr<ByteView> spooled_;
};

}  // namespace sotto::http
