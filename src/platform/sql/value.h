#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace sotto::sql {

/// The most bytes that one text or blob may have, in and out.
inline constexpr std::size_t kValueBytesMax = std::size_t{16} << 20;

/// Integers that every int64 column can hold.
template <typename T>
concept StorableInteger =
    std::integral<T> && !std::same_as<T, bool> && (std::signed_integral<T> || sizeof(T) < 8);

/// A parameter of a statement: a view that lives as long as what it was made of.
///
/// What becomes what: integers BIGINT / INTEGER, bool BOOLEAN / INTEGER 0 or 1, double DOUBLE
/// PRECISION / REAL, text TEXT, bytes BYTEA / BLOB, ids UUID / BLOB of 16 bytes (both sort by the
/// time of making), WallTime milliseconds in BIGINT / INTEGER, an empty optional NULL.
class Value {
 public:
  using Blob = std::span<const std::byte>;
  using Held =
      std::variant<std::monostate, std::int64_t, double, bool, std::string_view, Blob, Uuid>;

  // Parameters are written as what they are, {id, name, 3}: implicit on purpose.
  // NOLINTBEGIN(google-explicit-constructor)
  Value(std::nullptr_t) {}
  template <StorableInteger T>
  Value(T number) : held_(static_cast<std::int64_t>(number)) {}
  Value(std::same_as<bool> auto flag) : held_(flag) {}
  // A template, lest an integer that does not fit slips in as a double.
  template <std::floating_point T>
  Value(T number) : held_(static_cast<double>(number)) {}
  Value(std::string_view text) : held_(text) {}
  Value(const std::string& text) : held_(std::string_view(text)) {}
  Value(const char* text) : held_(std::string_view(text)) {}
  Value(Blob bytes) : held_(bytes) {}
  Value(const std::vector<std::byte>& bytes) : held_(Blob(bytes)) {}
  Value(const Uuid& uuid) : held_(uuid) {}
  template <typename Tag>
  Value(const Id<Tag>& id) : held_(id.uuid()) {}
  Value(WallTime time) : held_(std::int64_t{time.time_since_epoch().count()}) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }
  // NOLINTEND(google-explicit-constructor)

  const Held& held() const { return held_; }

 private:
  Held held_;
};

/// What neither database or only one of them would take: text that is not UTF-8 or holds a zero
/// byte, a number that is none, more than kValueBytesMax. "sql.bad_value", "sql.value_too_large".
Result<> validate(const Value& value, std::size_t index);

}  // namespace sotto::sql
