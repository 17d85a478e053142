#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace sotto {

/// A value or an Error: what every function returns that can fail in an expected way.
///
/// The verbs are std::expected's, which g++ 12 offers only under C++23. Reading the value of a
/// failed result (or the error of a good one) is a bug and aborts.
template <typename T = void>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // A result is made from what a function returns, so both constructors are implicit on purpose.
  // NOLINTBEGIN(google-explicit-constructor,bugprone-forwarding-reference-overload)
  template <typename U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor,bugprone-forwarding-reference-overload)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    SOTTO_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    SOTTO_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    SOTTO_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  const Error& error() const& {
    SOTTO_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    SOTTO_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

/// A result without a value: success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return error_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  const Error& error() const& {
    SOTTO_CHECK(!has_value());
    return *std::get_if<1>(&error_);
  }
  Error&& error() && {
    SOTTO_CHECK(!has_value());
    return std::move(*std::get_if<1>(&error_));
  }

 private:
  std::variant<std::monostate, Error> error_;
};

}  // namespace sotto

#define SOTTO_INTERNAL_JOIN2(a, b) a##b
#define SOTTO_INTERNAL_JOIN(a, b) SOTTO_INTERNAL_JOIN2(a, b)

/// Returns the error of `expression` (a Result of any type) from the calling function.
#define SOTTO_TRY(expression)                                    \
  do {                                                           \
    if (auto sotto_try_result = (expression); !sotto_try_result) \
      return std::move(sotto_try_result).error();                \
  } while (false)

/// SOTTO_ASSIGN(auto x, f()): the value of f() into x, or its error returned. Two statements on
/// purpose: g++ 12 stops with an internal error on the statement-expression form.
#define SOTTO_ASSIGN(target, expression) \
  SOTTO_INTERNAL_ASSIGN(SOTTO_INTERNAL_JOIN(sotto_assign_, __LINE__), target, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): `result` and `target` are declared here, not used.
#define SOTTO_INTERNAL_ASSIGN(result, target, expression) \
  auto result = (expression);                             \
  if (!result) return std::move(result).error();          \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
