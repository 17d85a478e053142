#include "platform/sql/testing/each_database.h"

#include <cstdlib>

#include <libpq-fe.h>

namespace sotto::sql {
namespace {

std::string server_url() {
  const char* url = std::getenv("SOTTO_TEST_POSTGRESQL");
  return url == nullptr ? std::string() : std::string(url);
}

void run_on_server(const std::string& url, const std::string& command) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()),
                                                                &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), command.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    ADD_FAILURE() << command << ": " << PQerrorMessage(connection.get());
}

class SqlitePlace final : public DatabasePlace {
 public:
  std::string location() const override { return (folder_ / "test.db").string(); }

 private:
  runtime::TempDir folder_;
};

class PostgresPlace final : public DatabasePlace {
 public:
  explicit PostgresPlace(std::string url) : url_(std::move(url)) {
    SystemClock clock;
    SystemRandom random;
    name_ = "t" + Uuid::make(clock, random).to_string();
    run_on_server(url_, "create database \"" + name_ + '"');
  }
  ~PostgresPlace() override { run_on_server(url_, "drop database \"" + name_ + "\" with (force)"); }
  PostgresPlace(const PostgresPlace&) = delete;
  PostgresPlace& operator=(const PostgresPlace&) = delete;

  std::string location() const override {
    std::string url = url_;
    const std::string_view shared = "/postgres?";
    const std::size_t at = url.find(shared);
    SOTTO_CHECK(at != std::string::npos);
    return url.replace(at, shared.size(), '/' + name_ + '?');
  }

 private:
  const std::string url_;
  std::string name_;
};

}  // namespace

std::unique_ptr<DatabasePlace> DatabasePlace::sqlite() { return std::make_unique<SqlitePlace>(); }

std::unique_ptr<DatabasePlace> DatabasePlace::postgresql() {
  if (!has_postgresql()) return nullptr;
  return std::make_unique<PostgresPlace>(server_url());
}

bool has_postgresql() { return !server_url().empty(); }

void EachDatabase::SetUp() {
  place_ = GetParam() == Dialect::kSqlite ? DatabasePlace::sqlite() : DatabasePlace::postgresql();
  if (!place_) GTEST_SKIP() << "needs PostgreSQL: tools/test-postgres run ...";
  location_ = place_->location();
  reopen();
}

void EachDatabase::TearDown() {
  database_.reset();
  place_.reset();
}

std::unique_ptr<Database> EachDatabase::open_another(DatabaseOptions options) {
  options.location = location_;
  return must(Database::open(soon(), std::move(options), clock_, random_));
}

}  // namespace sotto::sql
