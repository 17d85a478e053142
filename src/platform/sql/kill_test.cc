// kill -9 in a stream of writes: whatever was confirmed is there afterwards, and nobody has to do
// anything. SOTTO_TEST_KILLS says how many times; 5 where it is not set.
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <unistd.h>

#include "platform/runtime/child_process.h"
#include "platform/sql/testing/each_database.h"
#include "platform/sql/testing/postgres_server.h"

namespace sotto::sql {
namespace {

constexpr int kChildDescriptor = 3;
constexpr int kCommitsBeforeKill = 12;

constexpr Migration kRows[] = {
    {1, "rows",
     Script("create table rows (number integer primary key not null, body text not null) strict;",
            "create table rows (number bigint primary key not null, body text not null);")}};

int kill_count() {
  const char* text = std::getenv("SOTTO_TEST_KILLS");
  return text == nullptr ? 5 : std::atoi(text);
}

Result<std::int64_t> add_row(Database& database, const CallContext& context, std::int64_t number) {
  return database.write(context, [&](Transaction& t) {
    return t.execute("insert into rows values ($1, $2)", {number, std::string(700, 'x')});
  });
}

std::set<std::int64_t> rows_of(Database& database) {
  const Rows rows =
      must(database.read(CallContext::with_timeout(std::chrono::seconds(60)),
                         [](ReadTransaction& t) { return t.query("select number from rows"); }));
  std::set<std::int64_t> numbers;
  for (const Row& row : rows) {
    std::int64_t number = 0;
    must(row.read(number));
    numbers.insert(number);
  }
  return numbers;
}

/// Makes this program, started again by the test below, a writer that tells each commit until it is
/// killed.
class Writer : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* location = std::getenv("SOTTO_SQL_CHILD_LOCATION");
    const char* first = std::getenv("SOTTO_SQL_CHILD_FIRST");
    if (location == nullptr || first == nullptr) return;
    const auto context = CallContext::with_timeout(std::chrono::seconds(100));
    const SystemClock clock;
    SystemRandom random;
    const auto database =
        must(Database::open(context, DatabaseOptions{.location = location}, clock, random));
    for (std::int64_t number = std::atoll(first); context.check(); ++number) {
      must(add_row(*database, context, number));
      SOTTO_CHECK(::write(kChildDescriptor, &number, sizeof number) ==
                  static_cast<ssize_t>(sizeof number));
    }
  }
};

// NOLINTBEGIN(cppcoreguidelines-owning-memory): GoogleTest owns what it is given.
// tidy: allow new, because AddGlobalTestEnvironment takes a raw pointer.
const auto* const kWriter = ::testing::AddGlobalTestEnvironment(new Writer);
// NOLINTEND(cppcoreguidelines-owning-memory)

using KilledWriters = EachDatabase;
SOTTO_ON_EACH_DATABASE(KilledWriters);

TEST_P(KilledWriters, LoseNothingThatWasConfirmed) {
  must(db().migrate(soon(), kRows));
  close();
  std::set<std::int64_t> confirmed;
  for (int round = 0; round < kill_count(); ++round) {
    std::int64_t last = round * 1'000'000;
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const runtime::UniqueFd reading(ends[0]);
    runtime::UniqueFd writing(ends[1]);
    auto child = must(runtime::ChildProcess::start(
        {.arguments = {"/proc/self/exe"},
         .environment = {"SOTTO_SQL_CHILD_LOCATION=" + location(),
                         "SOTTO_SQL_CHILD_FIRST=" + std::to_string(last)},
         .descriptors = {writing.get()}}));
    writing.reset();
    // Killed at another place each time, then all that it still told is read.
    int told = 0;
    while (::read(reading.get(), &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
      confirmed.insert(last);
      if (++told == kCommitsBeforeKill + round) child.kill();
    }
    ASSERT_GE(told, kCommitsBeforeKill + round) << "the child did not get to its writes";
    EXPECT_EQ(must(child.wait(soon())).signal, SIGKILL);

    reopen();  // No manual step: this is all.
    EXPECT_EQ(db().stopped_uncleanly(), GetParam() == Dialect::kSqlite);
    const auto found = rows_of(db());
    for (const std::int64_t number : confirmed) ASSERT_TRUE(found.contains(number)) << number;
    EXPECT_EQ(must(db().check(soon())).problems, std::vector<std::string>());
    must(add_row(db(), soon(), last + 500'000));
    confirmed.insert(last + 500'000);
    close();
  }
}

TEST(KilledServer, LosesNothingThatWasConfirmed) {
  if (!has_postgresql()) GTEST_SKIP() << "needs PostgreSQL: tools/test-postgres run ...";
  const auto context = CallContext::with_timeout(std::chrono::seconds(600));
  const SystemClock clock;
  SystemRandom random;
  PostgresServer server;
  const auto database =
      must(Database::open(context,
                          DatabaseOptions{.location = server.url(),
                                          .reconnect_delay_min = std::chrono::milliseconds(1),
                                          .reconnect_delay_max = std::chrono::milliseconds(20)},
                          clock, random));
  must(database->migrate(context, kRows));
  std::set<std::int64_t> confirmed;
  std::int64_t number = 0;
  for (int round = 0; round < kill_count(); ++round) {
    std::jthread killer;
    ++number;  // The last one may be there although nobody said so.
    for (int written = 0;; ++number) {
      const auto done = add_row(*database, context, number);
      if (done) {
        confirmed.insert(number);
        // The server dies while the next ones are written.
        if (++written == kCommitsBeforeKill) killer = std::jthread([&] { server.kill(); });
      } else {
        EXPECT_TRUE(done.error().reason() == "sql.unavailable" ||
                    done.error().reason() == "sql.commit_unknown")
            << done.error().describe();
        if (written >= kCommitsBeforeKill) break;
        ASSERT_TRUE(context.check());
      }
    }
    killer.join();
    server.start();
  }
  // The same database object goes on by itself.
  Result<std::int64_t> last = add_row(*database, context, ++number);
  while (!last && context.check()) last = add_row(*database, context, number);
  must(std::move(last));
  const auto found = rows_of(*database);
  for (const std::int64_t one : confirmed) ASSERT_TRUE(found.contains(one)) << one;
  EXPECT_EQ(must(database->check(context)).problems, std::vector<std::string>());
}

}  // namespace
}  // namespace sotto::sql
