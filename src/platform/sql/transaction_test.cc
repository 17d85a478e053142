// Transactions, deadlines and what happens when several want the same, on both databases.
#include "platform/sql/transaction.h"

#include <atomic>
#include <barrier>
#include <gtest/gtest.h>
#include <thread>

#include "platform/sql/testing/each_database.h"

namespace sotto::sql {
namespace {

using std::chrono::milliseconds;

class Transactions : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped()) return;
    must(db().write(soon(), [](Transaction& t) {
      return t.execute(
          Sql("create table counts (name text primary key not null, value integer "
              "not null) strict",
              "create table counts (name text primary key not null, value bigint "
              "not null)"));
    }));
    must(db().write(soon(), [](Transaction& t) { return put(t, "a", 0); }));
  }

  static Result<std::int64_t> put(Transaction& t, std::string_view name, std::int64_t value) {
    return t.execute("insert into counts values ($1, $2)", {name, value});
  }
  static Result<std::int64_t> get(ReadTransaction& t, std::string_view name) {
    SOTTO_ASSIGN(const Rows rows, t.query("select value from counts where name = $1", {name}));
    std::int64_t value = -1;
    if (!rows.empty()) SOTTO_TRY(rows[0].read(value));
    return value;
  }
  std::int64_t get(std::string_view name) {
    return must(db().read(soon(), [&](ReadTransaction& t) { return get(t, name); }));
  }

  // Takes far longer than any test; both databases count in it.
  static constexpr Sql kEndless =
      "with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where "
      "i < 100000000000) select count(*) from n";
};

SOTTO_ON_EACH_DATABASE(Transactions);

TEST_P(Transactions, CommitAllOrNothing) {
  const auto failed = db().write(soon(), [](Transaction& t) -> Result<> {
    SOTTO_TRY(put(t, "b", 1));
    return Error(ErrorCode::kNotFound, "base.bad_id", "Thought better of it.");
  });
  EXPECT_EQ(failed.error().message(), "Thought better of it.");
  EXPECT_EQ(get("b"), -1);
  must(db().write(soon(), [](Transaction& t) -> Result<> {
    SOTTO_TRY(put(t, "b", 1));
    SOTTO_TRY(put(t, "c", 2));
    return {};
  }));
  EXPECT_EQ(get("c"), 2);
  reopen();
  EXPECT_EQ(get("b"), 1);
}

TEST_P(Transactions, AreUndoneWhereAFailureIsPassedOver) {
  std::string reason_after;
  const auto result = db().write(soon(), [&](Transaction& t) -> Result<> {
    SOTTO_TRY(put(t, "b", 1));
    static_cast<void>(put(t, "a", 1).has_value());  // There is one.
    reason_after = put(t, "c", 1).error().reason();
    return {};
  });
  EXPECT_EQ(reason_after, "sql.transaction_failed");
  EXPECT_EQ(result.error().reason(), "sql.unique_violation");
  EXPECT_EQ(get("b"), -1);
}

TEST_P(Transactions, ReadersCannotWrite) {
  const auto result = db().read(soon(), [](ReadTransaction& t) {
    return t.query("insert into counts values ('b', 1) returning value");
  });
  EXPECT_EQ(result.error().reason(), "sql.write_in_read");
  EXPECT_EQ(get("b"), -1);
}

TEST_P(Transactions, ReadOneSnapshot) {
  must(db().read(soon(), [&](ReadTransaction& t) -> Result<> {
    EXPECT_EQ(must(get(t, "a")), 0);
    // Another connection's write: allowed here because reading holds no writer.
    const std::jthread other([&] {
      must(db().write(soon(),
                      [](Transaction& w) { return w.execute("update counts set value = 5"); }));
    });
    return {};
  }));
  must(db().read(soon(), [&](ReadTransaction& t) -> Result<> {
    EXPECT_EQ(must(get(t, "a")), 5);
    {
      const std::jthread other([&] {
        must(db().write(soon(),
                        [](Transaction& w) { return w.execute("update counts set value = 6"); }));
      });
    }
    EXPECT_EQ(must(get(t, "a")), 5) << "what was seen once stays so";
    return {};
  }));
  EXPECT_EQ(get("a"), 6);
}

TEST_P(Transactions, LoseNoUpdateWhenManyWrite) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::atomic<int> contended = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds;) {
          // Reads, then writes what it read: only serializable transactions keep the count.
          const auto done = db().write(soon(), [](Transaction& t) -> Result<> {
            SOTTO_ASSIGN(const std::int64_t value, get(t, "a"));
            SOTTO_TRY(t.execute("update counts set value = $1 where name = 'a'", {value + 1}));
            return {};
          });
          if (done) {
            ++round;
          } else {
            EXPECT_EQ(done.error().reason(), "sql.contended");
            ++contended;
          }
        }
      });
    }
  }
  EXPECT_EQ(get("a"), kThreads * kRounds);
  const bool may_clash = GetParam() == Dialect::kPostgresql;
  EXPECT_TRUE(may_clash || contended == 0) << "one writer clashes with nobody";
}

TEST_P(Transactions, KeepARuleThatSpansRows) {
  // Write skew: each of two sees the other one on duty and leaves. One of them must not.
  must(db().write(soon(), [](Transaction& t) -> Result<> {
    SOTTO_TRY(t.execute("update counts set value = 1"));
    SOTTO_TRY(put(t, "b", 1));
    return {};
  }));
  const auto leave = [&](std::string_view name) {
    must(db().write(soon(), [&](Transaction& t) -> Result<> {
      SOTTO_ASSIGN(const std::optional<Row> row,
                   t.query_one("select count(*) from counts where value = 1"));
      std::int64_t on_duty = 0;
      SOTTO_TRY(row->read(on_duty));
      if (on_duty > 1) SOTTO_TRY(t.execute("update counts set value = 0 where name = $1", {name}));
      return {};
    }));
  };
  for (int round = 0; round < 10; ++round) {
    {
      const std::jthread one([&] { leave("a"); });
      const std::jthread two([&] { leave("b"); });
    }
    EXPECT_EQ(get("a") + get("b"), 1);
    must(db().write(soon(),
                    [](Transaction& t) { return t.execute("update counts set value = 1"); }));
  }
}

TEST_P(Transactions, TellAClosureThatRunsOnceOfAClash) {
  if (GetParam() == Dialect::kSqlite) return;  // One writer clashes with nobody.
  int runs = 0;
  const auto other = open_another();
  const auto result = db().write_once(soon(), [&](Transaction& t) -> Result<> {
    ++runs;
    SOTTO_TRY(get(t, "a"));
    must(other->write(soon(),
                      [](Transaction& w) { return w.execute("update counts set value = 8"); }));
    SOTTO_TRY(t.execute("update counts set value = 9"));
    return {};
  });
  EXPECT_EQ(result.error().reason(), "sql.contended");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(get("a"), 8);
}

TEST_P(Transactions, RunAClosureAgainAfterAClashAndThenGiveUp) {
  if (GetParam() == Dialect::kSqlite) return;  // One writer clashes with nobody.
  const auto other = open_another();
  int runs = 0;
  const auto clash_until = [&](int last) {
    runs = 0;
    return db().write(soon(), [&, last](Transaction& t) -> Result<> {
      ++runs;
      SOTTO_TRY(get(t, "a"));
      if (runs <= last)
        must(other->write(soon(), [](Transaction& w) {
          return w.execute("update counts set value = value + 1");
        }));
      SOTTO_TRY(t.execute("update counts set value = 100"));
      return {};
    });
  };
  must(clash_until(2));
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(get("a"), 100);
  EXPECT_EQ(clash_until(1'000).error().reason(), "sql.contended");
  EXPECT_EQ(runs, Database::kAttemptsMax);
}

TEST_P(Transactions, EndAtTheDeadlineInTheMiddleOfAStatement) {
  const auto context = CallContext::with_timeout(milliseconds(100));
  const auto result = db().read(context, [](ReadTransaction& t) { return t.query(kEndless); });
  EXPECT_EQ(result.error().reason(), "base.deadline_exceeded");
  EXPECT_EQ(get("a"), 0) << "and the database goes on";
}

TEST_P(Transactions, EndWhenStopped) {
  std::stop_source stop;
  std::barrier started(2);
  std::string reason;
  {
    const std::jthread caller([&] {
      const CallContext context(CallContext::kNoDeadline, stop.get_token());
      const auto result = db().write(context, [&](Transaction& t) -> Result<> {
        SOTTO_TRY(put(t, "b", 1));
        started.arrive_and_wait();
        SOTTO_TRY(t.query(kEndless));
        return {};
      });
      reason = result.error().reason();
    });
    started.arrive_and_wait();
    stop.request_stop();
  }
  EXPECT_EQ(reason, "base.cancelled");
  EXPECT_EQ(get("b"), -1);
}

TEST_P(Transactions, DoNothingForACallerWhoIsLate) {
  const auto late = CallContext::with_timeout(milliseconds(-1));
  bool ran = false;
  const auto result = db().write(late, [&](Transaction& /*unused*/) -> Result<> {
    ran = true;
    return {};
  });
  EXPECT_EQ(result.error().reason(), "base.deadline_exceeded");
  EXPECT_FALSE(ran);
}

TEST_P(Transactions, AreNotCommittedAfterTheDeadline) {
  std::stop_source stop;
  const CallContext context(CallContext::kNoDeadline, stop.get_token());
  const auto result = db().write(context, [&](Transaction& t) -> Result<> {
    SOTTO_TRY(put(t, "b", 1));
    stop.request_stop();
    return {};
  });
  EXPECT_EQ(result.error().reason(), "base.cancelled");
  EXPECT_EQ(get("b"), -1);
}

TEST_P(Transactions, WaitForAConnectionUntilTheDeadlineAndInBounds) {
  const auto one = open_another(DatabaseOptions{.connections_max = 1, .waiting_max = 1});
  std::barrier taken(2);
  std::barrier done(2);
  const std::jthread holder([&] {
    must(one->write(soon(), [&](Transaction& t) -> Result<> {
      SOTTO_TRY(t.query("select 1"));
      taken.arrive_and_wait();
      done.arrive_and_wait();
      return {};
    }));
  });
  taken.arrive_and_wait();
  const auto write = [&](const CallContext& context) {
    const auto result = one->write(context, [](Transaction& t) { return t.query("select 1"); });
    return result ? std::string() : result.error().reason();
  };
  EXPECT_EQ(write(CallContext::with_timeout(milliseconds(20))), "base.deadline_exceeded");
  std::string waiter_reason;
  {
    std::stop_source stop;
    std::jthread waiter([&] {
      do {  // Our own waiting below may be in its way.
        waiter_reason = write(CallContext(CallContext::kNoDeadline, stop.get_token()));
      } while (waiter_reason == "sql.overloaded");
    });
    // Until the waiter waits, we do; then there is no room for us.
    while (write(CallContext::with_timeout(milliseconds(1))) != "sql.overloaded") {
    }
    stop.request_stop();
  }
  EXPECT_EQ(waiter_reason, "base.cancelled");
  done.arrive_and_wait();
}

TEST_P(Transactions, EndWithTheDatabase) {
  must(db().close(soon()));
  const auto result = db().read(soon(), [](ReadTransaction& t) { return t.query("select 1"); });
  EXPECT_EQ(result.error().reason(), "sql.closed");
}

TEST_P(Transactions, AreWaitedForByClose) {
  std::barrier begun(2);
  std::string reason;
  {
    const std::jthread writer([&] {
      const auto result = db().write(soon(), [&](Transaction& t) -> Result<> {
        SOTTO_TRY(put(t, "b", 1));
        begun.arrive_and_wait();
        SOTTO_TRY(put(t, "c", 1));
        return {};
      });
      reason = result ? "" : result.error().reason();
    });
    begun.arrive_and_wait();
    must(db().close(soon()));
  }
  EXPECT_EQ(reason, "");
  reopen();
  EXPECT_EQ(get("c"), 1);
}

TEST_P(Transactions, AreRolledBackWhenAClosureThrows) {
  // Exceptions are no part of our interfaces, but running out of memory is one.
  EXPECT_THROW(static_cast<void>(db().write(soon(),
                                            [](Transaction& t) -> Result<> {
                                              SOTTO_TRY(put(t, "b", 1));
                                              throw std::bad_alloc();
                                            })),
               std::bad_alloc);
  EXPECT_EQ(get("b"), -1);
  must(db().write(soon(), [](Transaction& t) { return put(t, "b", 2); }));
}

TEST_P(Transactions, GoOnAfterTheServerStopsAStatement) {
  if (GetParam() == Dialect::kSqlite) return;  // There is no server.
  const auto result = db().write(soon(), [](Transaction& t) {
    return t.query(
        "select cast(pg_cancel_backend(pg_backend_pid()) as boolean), "
        "cast(cast(pg_sleep(60) as text) as text)");
  });
  EXPECT_EQ(result.error().reason(), "sql.statement_cancelled");
  EXPECT_EQ(get("a"), 0);
}

TEST_P(Transactions, CanBeCheckedAndErased) {
  must(db().write(soon(), [](Transaction& t) { return t.execute("delete from counts"); }));
  must(db().erase_deleted(soon()));
  const CheckReport report = must(db().check(soon()));
  EXPECT_EQ(report.problems, std::vector<std::string>());
  EXPECT_NE(report.engine.find(GetParam() == Dialect::kSqlite ? "SQLite 3." : "PostgreSQL 1"),
            std::string::npos);
}

}  // namespace
}  // namespace sotto::sql
