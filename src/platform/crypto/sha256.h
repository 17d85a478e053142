#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace sotto::crypto {

using Sha256Digest = std::array<std::byte, 32>;

/// SHA-256 of bytes that come in pieces. One thread at a time; nothing waits or fails.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// The hash of all that was given; the object then starts anew.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The hash of one piece.
Sha256Digest sha256(std::string_view bytes);

}  // namespace sotto::crypto
