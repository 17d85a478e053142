// What only PostgreSQL can meet: URLs, logins, a server that goes, hangs and comes back.
#include <future>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/runtime/unique_fd.h"
#include "platform/sql/internal/postgres_error.h"
#include "platform/sql/internal/postgres_url.h"
#include "platform/sql/testing/each_database.h"
#include "platform/sql/testing/postgres_server.h"

namespace sotto::sql {
namespace {

using std::chrono::milliseconds;

std::string reason_of_url(const std::string& url) {
  const auto result = internal::parse_postgres_url(url);
  return result ? "" : result.error().reason();
}

TEST(PostgresUrl, WantsTheRightServerBeyondThisMachine) {
  for (const char* url :
       {"postgresql://u@127.0.0.1/d", "postgresql://u@[::1]:5433/d", "postgresql://u@localhost/d",
        "postgresql://u@/d?host=/run/postgresql", "postgresql://u@db.example/d?sslmode=verify-full",
        "postgres://u@10.0.0.5/d?sslmode=verify-full&sslrootcert=/etc/ca.pem"})
    EXPECT_EQ(reason_of_url(url), "") << url;
  for (const char* url :
       {"postgresql://u@db.example/d", "postgresql://u@10.0.0.5/d", "postgresql://u@128.0.0.1/d",
        "postgresql://u@db.example/d?sslmode=require", "postgresql://u@localhost.example/d",
        "postgresql://u@db.example/d?sslmode=verify-ca", "postgresql://u@[::2]/d"})
    EXPECT_EQ(reason_of_url(url), "sql.plain_remote") << url;
}

TEST(PostgresUrl, RefusesWhatItShouldNotHold) {
  for (const char* url :
       {"postgresql://", "postgresql://u@127.0.0.1", "postgresql://127.0.0.1/d",
        "postgresql://u@/d", "postgresql://u:secret@127.0.0.1/d",
        "postgresql://u@127.0.0.1/d?password=secret", "postgresql://u@127.0.0.1,127.0.0.2/d",
        "postgresql://u@127.0.0.1/d?options=-cfsync%3Doff", "postgresql://u@127.0.0.1/d?service=x",
        "postgresql://u@127.0.0.1/d?unheard=1", "postgresql://u@127.0.0.1/d?passfile=/x",
        "postgresql://u@127.0.0.1/%zz"})
    EXPECT_EQ(reason_of_url(url), "sql.bad_options") << url;
  const auto result = internal::parse_postgres_url("postgresql://u:hunter2@[::1/d");
  EXPECT_EQ(result.error().describe().find("hunter2"), std::string::npos);
}

TEST(PostgresErrors, HaveOurReasons) {
  const auto reason = [](std::string_view state) {
    return internal::postgres_error(state, "", false).reason();
  };
  EXPECT_EQ(reason("53100"), "sql.disk_full");
  EXPECT_EQ(reason("53300"), "sql.overloaded");
  EXPECT_EQ(reason("25006"), "sql.read_only");
  EXPECT_EQ(reason("55P03"), "sql.busy");
  EXPECT_EQ(reason("XX001"), "sql.corrupt");
  EXPECT_EQ(reason("57P03"), "sql.unavailable");
  EXPECT_EQ(reason("22003"), "sql.bad_value");
  EXPECT_EQ(reason("42P01"), "sql.bad_statement");
}

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_postgresql()) GTEST_SKIP() << "needs PostgreSQL: tools/test-postgres run ...";
  }
  static CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

  Result<std::unique_ptr<Database>> open(const std::string& url, Secret password = {},
                                         const CallContext& context = soon()) {
    return Database::open(context,
                          DatabaseOptions{.location = url,
                                          .password = std::move(password),
                                          .reconnect_delay_min = milliseconds(1),
                                          .reconnect_delay_max = milliseconds(10)},
                          clock_, random_);
  }
  static std::string write(Database& database) {
    const auto done = database.write(soon(), [](Transaction& t) -> Result<> {
      SOTTO_TRY(t.execute("create table if not exists rows (body text)"));
      SOTTO_TRY(t.execute("insert into rows values ('x')"));
      return {};
    });
    return done ? "" : done.error().reason();
  }
  static std::string write_until_it_works(Database& database) {
    const CallContext context = soon();
    std::string reason;
    do {
      reason = write(database);
    } while (reason == "sql.unavailable" && context.check());
    return reason;
  }

  /// On a thread of its own, so that the server is thawed even where the end waits for it.
  static bool ends_in_time(PostgresServer& server, std::unique_ptr<Database> database) {
    auto ended = std::async(std::launch::async, [&] {
      EXPECT_TRUE(database->close(soon()));
      database.reset();
    });
    const bool in_time = ended.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
    server.thaw();
    ended.get();
    return in_time;
  }

  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(Postgres, ComesBackByItselfWhenTheServerDoes) {
  PostgresServer server;
  const auto database = must(open(server.url()));
  EXPECT_EQ(write(*database), "");
  server.stop();
  EXPECT_EQ(write(*database), "sql.unavailable");
  EXPECT_EQ(open(server.url()).error().reason(), "sql.unavailable");
  server.start();
  EXPECT_EQ(write_until_it_works(*database), "");
  server.stop();
  server.start();
  EXPECT_EQ(write(*database), "") << "a server that was restarted between two calls is not noticed";
}

TEST_F(Postgres, LetsInWithThePasswordAlone) {
  const PostgresServer server;
  {
    const auto owner = must(open(server.url()));
    must(owner->write(soon(), [](Transaction& t) {
      return t.execute("create role secured login password 'sesame'");
    }));
  }
  EXPECT_EQ(open(server.url("secured")).error().reason(), "sql.login_refused");
  EXPECT_EQ(open(server.url("secured"), Secret("wrong")).error().reason(), "sql.login_refused");
  EXPECT_TRUE(open(server.url("secured"), Secret("sesame")));
  EXPECT_EQ(open(server.url("stranger")).error().reason(), "sql.login_refused");
  EXPECT_EQ(open(server.url("sotto", "nothing")).error().reason(), "sql.login_refused");
}

TEST_F(Postgres, SaysThatACommitMayHaveHappened) {
  const auto place = DatabasePlace::postgresql();
  const auto database = must(open(place->location()));
  // A trigger that ends the server's process in the middle of the commit.
  static constexpr Migration kDying[] = {
      {1, "dying",
       Script("select 1",
              "create table doomed (number bigint);"
              "create function die() returns trigger language plpgsql as $$ begin"
              "  perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60);"
              "  return null; end $$;"
              "create constraint trigger dying after insert on doomed"
              "  deferrable initially deferred for each row execute function die();")}};
  must(database->migrate(soon(), kDying));
  int runs = 0;
  const auto result = database->write(soon(), [&](Transaction& t) {
    ++runs;
    return t.execute("insert into doomed values (1)");
  });
  EXPECT_EQ(result.error().reason(), "sql.commit_unknown");
  EXPECT_EQ(runs, 1) << "what may have happened is not done again";
  EXPECT_EQ(write(*database), "");
}

TEST_F(Postgres, WaitsForASilentServerNoLongerThanTheDeadline) {
  const runtime::TempDir folder;
  const runtime::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (folder / ".s.PGSQL.5432").string();
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  const std::string url = "postgresql://u@/d?host=" + folder.path().string();
  EXPECT_EQ(open(url, {}, CallContext::with_timeout(milliseconds(50))).error().reason(),
            "base.deadline_exceeded");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(open(url, {}, CallContext(CallContext::kNoDeadline, stop.get_token())).error().reason(),
            "base.cancelled");
}

TEST_F(Postgres, ClosesWhileTheServerHangs) {
  PostgresServer server;
  auto database = must(open(server.url()));
  server.freeze();
  const auto late =
      database->read(CallContext::with_timeout(milliseconds(50)),
                     [](ReadTransaction& t) { return t.query("select cast(1 as bigint)"); });
  EXPECT_EQ(late.error().reason(), "base.deadline_exceeded");
  // The request to cancel is on its way now, and the server will not answer it.
  EXPECT_TRUE(ends_in_time(server, std::move(database)));
}

TEST_F(Postgres, ClosesInTheMiddleOfAValueThatAHangingServerDoesNotTake) {
  PostgresServer server;
  auto database = must(open(server.url()));
  must(database->write(soon(),
                       [](Transaction& t) { return t.execute("create table b (b bytea)"); }));
  const std::vector<std::byte> small(1);
  const std::vector<std::byte> large(kValueBytesMax);
  bool is_frozen = false;
  const auto late = database->write(
      CallContext::with_timeout(milliseconds(3'000)), [&](Transaction& t) -> Result<> {
        SOTTO_TRY(t.execute("insert into b values ($1)", {small}));  // Prepared from now on.
        server.freeze();
        is_frozen = true;
        SOTTO_TRY(t.execute("insert into b values ($1)", {large}));
        return {};
      });
  EXPECT_TRUE(is_frozen);
  EXPECT_EQ(late.error().reason(), "base.deadline_exceeded");
  EXPECT_TRUE(ends_in_time(server, std::move(database)));
}

TEST_F(Postgres, StopsOnTheServerWhatNobodyWaitsFor) {
  const auto place = DatabasePlace::postgresql();
  const auto database = must(open(place->location()));
  const auto late = database->read(
      CallContext::with_timeout(milliseconds(50)),
      [](ReadTransaction& t) { return t.query("select cast(pg_sleep(3600) as text)"); });
  EXPECT_EQ(late.error().reason(), "base.deadline_exceeded");
  // Until the server has stopped it, or the test has run out of time.
  const CallContext context = soon();
  std::int64_t running = 1;
  while (running != 0 && context.check()) {
    const Rows rows = must(database->read(context, [](ReadTransaction& t) {
      return t.query(
          "select count(*) from pg_stat_activity where datname = current_database() "
          "and state = 'active' and query like '%pg_sleep(3600)%' "
          "and pid <> pg_backend_pid()");
    }));
    must(rows.at(0).read(running));
  }
  EXPECT_EQ(running, 0);
}

TEST_F(Postgres, BoundsStatementsOnTheServerToo) {
  const auto place = DatabasePlace::postgresql();
  const auto database = must(open(place->location()));
  const auto settings =
      must(database->read(CallContext::with_timeout(milliseconds(30'000)), [](ReadTransaction& t) {
        return t.query(
            "select current_setting('statement_timeout') <> '0', "
            "current_setting('synchronous_commit'), "
            "current_setting('transaction_isolation')");
      }));
  bool bounded = false;
  std::string synchronous;
  std::string isolation;
  must(settings.at(0).read(bounded, synchronous, isolation));
  EXPECT_TRUE(bounded);
  EXPECT_EQ(synchronous, "on");
  EXPECT_EQ(isolation, "repeatable read");
}

}  // namespace
}  // namespace sotto::sql
