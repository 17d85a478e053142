#pragma once

#include <string>
#include <string_view>

namespace sotto {

/// A password, key or token: never printed by accident, wiped when it goes.
///
/// There is no operator<< and no comparison on purpose: say reveal() where the bytes are really
/// needed, and compare in constant time.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  ~Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  void wipe() noexcept;

  std::string value_;
};

}  // namespace sotto
