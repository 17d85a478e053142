#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "platform/crypto/key.h"
#include "platform/crypto/stream.h"

namespace sotto::crypto {

/// A stream in memory, which tests read, change and cut. Fails where it is told to.
class MemoryStream final : public StreamSink, public StreamSource {
 public:
  MemoryStream() = default;
  explicit MemoryStream(std::string stored) : bytes(std::move(stored)) {}

  std::string bytes;
  /// Writing beyond so many bytes fails with kInsufficientStorage.
  std::optional<std::size_t> room;

  Result<> write(const CallContext& context, std::span<const std::byte> piece) override {
    SOTTO_TRY(context.check());
    if (room && bytes.size() + piece.size() > *room)
      return Error(ErrorCode::kInsufficientStorage, "runtime.disk_full", "The disk is full.");
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return {};
  }
  std::uint64_t size() const override { return bytes.size(); }
  Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                           std::span<std::byte> into) override {
    SOTTO_TRY(context.check());
    if (offset >= bytes.size()) return std::size_t{0};
    const auto count = std::min<std::size_t>(into.size(), bytes.size() - offset);
    std::ranges::copy(std::as_bytes(std::span(bytes)).subspan(offset, count), into.begin());
    return count;
  }
};

/// Bytes that follow from a seed: never for anything but tests.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) {
      // SplitMix64 (Steele, Lea and Flood 2014).
      std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      byte = static_cast<std::byte>(z >> 56);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace sotto::crypto
