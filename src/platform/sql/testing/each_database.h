#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "base/clock.h"
#include "platform/runtime/testing/temp_dir.h"
#include "platform/sql/database.h"

namespace sotto::sql {

/// A place for one test's database: new, empty, gone at the end.
class DatabasePlace {
 public:
  virtual ~DatabasePlace() = default;
  virtual std::string location() const = 0;

  /// SQLite in a folder of its own.
  static std::unique_ptr<DatabasePlace> sqlite();
  /// A database on the server of SOTTO_TEST_POSTGRESQL; null where that is not set.
  static std::unique_ptr<DatabasePlace> postgresql();
};

/// True where tests have a PostgreSQL server (tools/test-postgres gives one).
bool has_postgresql();

/// Unwraps a result whose failure ends the test program with the reason.
template <typename T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << result.error().describe();
  return std::move(result).value();
}
inline void must(const Result<>& result) {
  if (!result) ADD_FAILURE() << result.error().describe();
  SOTTO_CHECK(result.has_value());
}

/// A fixture that runs each TEST_P on both databases:
///
///     using UserStore = sql::EachDatabase;
///     SOTTO_ON_EACH_DATABASE(UserStore);
///     TEST_P(UserStore, FindsWhatItStored) { ... db() ... }
class EachDatabase : public ::testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override;
  void TearDown() override;

  Database& db() { return *database_; }
  /// Another one on the same data, as a second program would have it.
  std::unique_ptr<Database> open_another(DatabaseOptions options = {});
  void close() { database_.reset(); }
  void reopen() { database_ = open_another(); }
  const std::string& location() const { return location_; }

  /// Ample: only a test that hangs meets it.
  static CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

  SystemClock clock_;
  SystemRandom random_;

 private:
  std::unique_ptr<DatabasePlace> place_;
  std::string location_;
  std::unique_ptr<Database> database_;
};

#define SOTTO_ON_EACH_DATABASE(suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(                                                                  \
      On, suite,                                                                             \
      ::testing::Values(::sotto::sql::Dialect::kSqlite, ::sotto::sql::Dialect::kPostgresql), \
      [](const auto& chosen) {                                                               \
        return chosen.param == ::sotto::sql::Dialect::kSqlite ? "Sqlite" : "Postgresql";     \
      })

}  // namespace sotto::sql
