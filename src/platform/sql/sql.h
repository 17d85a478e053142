#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sotto::sql {

/// Which database answers. Only statements that cannot be said in one way need to know.
enum class Dialect : std::uint8_t { kSqlite, kPostgresql };

namespace internal {

// Not constexpr on purpose: a bad literal stops the compiler with the name of what is wrong.
void a_statement_is_one_statement_without_semicolon();
void parameters_are_written_dollar_and_number();
void parameters_are_numbered_from_1_without_gaps();

/// The place behind the quoted text, name or comment that starts at `at`, or `at` itself.
constexpr std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("--")) {
    const std::size_t end = rest.find('\n');
    return end == std::string_view::npos ? text.size() : at + end + 1;
  }
  if (rest.starts_with("/*")) {
    const std::size_t end = rest.find("*/", 2);
    return end == std::string_view::npos ? text.size() : at + end + 2;
  }
  if (rest.starts_with('\'') || rest.starts_with('"')) {
    const std::size_t end = rest.find(rest[0], 1);
    return end == std::string_view::npos ? text.size() : at + end + 1;
  }
  return at;
}

/// How many parameters a statement has; called at compile time alone.
consteval int count_parameters(std::string_view text) {
  constexpr int kNumberMax = 99;
  bool used[kNumberMax + 1] = {};
  int last = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t behind = skip_quoted(text, at); behind != at) {
      at = behind;
      continue;
    }
    const char c = text[at++];
    if (c == ';') a_statement_is_one_statement_without_semicolon();
    if (c == '?') parameters_are_written_dollar_and_number();
    if (c != '$') continue;
    int number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && number <= kNumberMax)
      number = number * 10 + (text[at++] - '0');
    if (number < 1 || number > kNumberMax) parameters_are_written_dollar_and_number();
    used[number] = true;
    last = number > last ? number : last;
  }
  for (int number = 1; number <= last; ++number)
    if (!used[number]) parameters_are_numbered_from_1_without_gaps();
  return last;
}

}  // namespace internal

/// One SQL statement, made of a string literal by the compiler and of nothing else: text that comes
/// from outside cannot become SQL, since there is no way to say it. Values go in as parameters,
/// written $1, $2, ... for both databases (a number may come twice).
///
/// The common tongue: what both take. Types in casts are `cast(x as bigint)`; sums of integers are
/// cast so (PostgreSQL makes them numeric); `on conflict do nothing` and `returning` exist in both;
/// a parameter that stands where no type can be seen is cast: `cast($1 as text) is null`.
class Sql {
 public:
  template <std::size_t Size>
  consteval Sql(const char (&text)[Size])  // NOLINT(google-explicit-constructor): reads as text.
      : sqlite_(text, Size - 1),
        postgresql_(sqlite_),
        parameter_count_(internal::count_parameters(sqlite_)) {}

  /// Where the two differ; both have the same parameters.
  template <std::size_t SqliteSize, std::size_t PostgresqlSize>
  consteval Sql(const char (&sqlite)[SqliteSize], const char (&postgresql)[PostgresqlSize])
      : sqlite_(sqlite, SqliteSize - 1),
        postgresql_(postgresql, PostgresqlSize - 1),
        parameter_count_(internal::count_parameters(sqlite_)) {
    if (internal::count_parameters(postgresql_) != parameter_count_)
      internal::parameters_are_numbered_from_1_without_gaps();
  }

  /// Lives as long as the program.
  std::string_view text(Dialect dialect) const {
    return dialect == Dialect::kSqlite ? sqlite_ : postgresql_;
  }
  constexpr int parameter_count() const { return parameter_count_; }

 private:
  std::string_view sqlite_;
  std::string_view postgresql_;
  int parameter_count_;
};

/// Several statements with their semicolons and without parameters, again out of literals alone:
/// what migrations are made of.
class Script {
 public:
  template <std::size_t SqliteSize, std::size_t PostgresqlSize>
  consteval Script(const char (&sqlite)[SqliteSize], const char (&postgresql)[PostgresqlSize])
      : sqlite_(sqlite, SqliteSize - 1), postgresql_(postgresql, PostgresqlSize - 1) {}

  std::string_view text(Dialect dialect) const {
    return dialect == Dialect::kSqlite ? sqlite_ : postgresql_;
  }

 private:
  std::string_view sqlite_;
  std::string_view postgresql_;
};

}  // namespace sotto::sql
