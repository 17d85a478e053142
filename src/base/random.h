#pragma once

#include <cstddef>
#include <span>

namespace sotto {

/// Where unpredictable bytes come from, so that tests can choose them. Any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// The kernel's generator (getrandom(2)); fit for keys. A kernel without it is a failed check.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace sotto
