#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace sotto {

/// A UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits, so that ids
/// sort by the time they were made.
class Uuid {
 public:
  Uuid() = default;  // The nil UUID.

  static Uuid make(const Clock& clock, Random& random);
  /// Takes the 36-character form in either case; "base.bad_id" for anything else.
  static Result<Uuid> parse(std::string_view text);
  /// What bytes() gave, as stores keep it.
  static Uuid from_bytes(const std::array<std::uint8_t, 16>& bytes);

  std::string to_string() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  WallTime created() const;
  bool is_nil() const { return *this == Uuid(); }

  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A Uuid that cannot be taken for one of another kind: `using JobId = Id<struct JobTag>;`.
template <typename Tag>
class Id {
 public:
  Id() = default;
  explicit Id(Uuid uuid) : uuid_(uuid) {}

  static Id make(const Clock& clock, Random& random) { return Id(Uuid::make(clock, random)); }
  static Result<Id> parse(std::string_view text) {
    SOTTO_ASSIGN(const Uuid uuid, Uuid::parse(text));
    return Id(uuid);
  }

  const Uuid& uuid() const { return uuid_; }
  std::string to_string() const { return uuid_.to_string(); }

  auto operator<=>(const Id&) const = default;

 private:
  Uuid uuid_;
};

}  // namespace sotto

template <typename Tag>
struct std::hash<sotto::Id<Tag>> {
  std::size_t operator()(const sotto::Id<Tag>& id) const noexcept {
    // The last eight bytes are random, which is all that a hash needs.
    std::size_t value = 0;
    for (std::size_t i = 8; i < 16; ++i) value = (value << 8) | id.uuid().bytes()[i];
    return value;
  }
};
