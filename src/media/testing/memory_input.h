#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "media/input.h"

namespace sotto::media {

/// A file in memory, to decode in-process.
class MemoryInput final : public Input {
 public:
  explicit MemoryInput(std::span<const std::byte> bytes, bool seekable = true)
      : bytes_(bytes), seekable_(seekable) {}

  std::optional<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
    if (offset >= fails_at_) failed_ = true;
    if (failed_) return std::nullopt;
    if (offset >= bytes_.size()) return 0;
    const auto rest = bytes_.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(rest.size(), bytes.size());
    std::copy_n(rest.begin(), count, bytes.begin());
    return count;
  }
  std::optional<std::uint64_t> size() const override {
    return seekable_ ? std::optional<std::uint64_t>(bytes_.size()) : std::nullopt;
  }
  bool seekable() const override { return seekable_; }
  bool make_seekable() override {
    made_seekable_ = true;
    seekable_ = true;
    return true;
  }
  bool failed() const override { return failed_; }
  bool abandoned() const override { return false; }

  /// Reads from `offset` on fail, as those of a broken disk.
  void fail_at(std::uint64_t offset) { fails_at_ = offset; }
  bool made_seekable() const { return made_seekable_; }

 private:
  const std::span<const std::byte> bytes_;
  bool seekable_;
  bool made_seekable_ = false;
  bool failed_ = false;
  std::uint64_t fails_at_ = ~std::uint64_t{0};
};

}  // namespace sotto::media
