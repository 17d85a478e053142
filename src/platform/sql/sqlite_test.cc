// What only SQLite can meet: files, locks of other programs, disks.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "platform/sql/testing/each_database.h"
#include "platform/sql/testing/faulty_disk.h"

namespace sotto::sql {
namespace {

using std::chrono::milliseconds;

class Sqlite : public ::testing::Test {
 protected:
  static CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

  Result<std::unique_ptr<Database>> try_open(DatabaseOptions options = {}) {
    options.location = path();
    return Database::open(soon(), std::move(options), clock_, random_);
  }
  std::unique_ptr<Database> open(DatabaseOptions options = {}) {
    return must(try_open(std::move(options)));
  }
  std::string path() const { return (folder_ / "test.db").string(); }

  static std::string add_row(Database& database, const CallContext& context = soon()) {
    const auto done = database.write(context, [](Transaction& t) -> Result<> {
      SOTTO_TRY(t.execute("create table if not exists rows (body text not null) strict"));
      SOTTO_TRY(t.execute("insert into rows values ('x')"));
      return {};
    });
    return done ? "" : done.error().reason();
  }
  static std::int64_t count_rows(Database& database) {
    const Rows rows = must(database.read(
        soon(), [](ReadTransaction& t) { return t.query("select count(*) from rows"); }));
    std::int64_t count = 0;
    must(rows.at(0).read(count));
    return count;
  }
  mode_t mode_of(const std::string& file) const {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777;
  }

  runtime::TempDir folder_;
  SystemClock clock_;
  SystemRandom random_;
};

/// Another program that holds a lock.
class Holder {
 public:
  Holder(const std::string& path, const char* lock) {
    SOTTO_CHECK(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    SOTTO_CHECK(sqlite3_exec(database_, lock, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Holder() { sqlite3_close(database_); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(Sqlite, FilesAreForTheirOwnerAlone) {
  const auto database = open();
  EXPECT_EQ(add_row(*database), "");
  EXPECT_EQ(mode_of(path()), 0600U);
  EXPECT_EQ(mode_of(path() + "-wal"), 0600U);
  EXPECT_EQ(mode_of(path() + "-shm"), 0600U);
  EXPECT_EQ(mode_of(path() + "-open"), 0600U);
}

TEST_F(Sqlite, AFileThatOthersCouldReadIsClosedToThem) {
  open().reset();
  ::chmod(path().c_str(), 0644);
  const auto database = open();
  EXPECT_EQ(mode_of(path()), 0600U);
}

TEST_F(Sqlite, IsSetUpAsDocumented) {
  const auto database = open();
  const auto setting = [&](Sql pragma) {
    const Rows rows =
        must(database->write(soon(), [&](Transaction& t) { return t.query(pragma); }));
    std::int64_t value = 0;
    must(rows.at(0).read(value));
    return value;
  };
  EXPECT_EQ(setting("pragma synchronous"), 2);  // Full.
  EXPECT_EQ(setting("pragma foreign_keys"), 1);
  EXPECT_EQ(setting("pragma secure_delete"), 1);
  EXPECT_EQ(setting("pragma trusted_schema"), 0);
  EXPECT_EQ(setting("pragma cell_size_check"), 1);
  const auto quoted =
      database->read(soon(), [](ReadTransaction& t) { return t.query("select \"no column\""); });
  EXPECT_EQ(quoted.error().reason(), "sql.bad_statement");
}

TEST_F(Sqlite, WaitsForALockOfAnotherProgramWithinItsBounds) {
  const auto database = open(DatabaseOptions{.busy_wait_max = milliseconds(20)});
  EXPECT_EQ(add_row(*database), "");
  {
    const Holder holder(path(), "begin immediate");
    EXPECT_EQ(add_row(*database), "sql.busy");
    EXPECT_EQ(count_rows(*database), 1) << "reading goes on meanwhile";
  }
  EXPECT_EQ(add_row(*database), "");
}

TEST_F(Sqlite, WaitsForALockNoLongerThanTheDeadline) {
  const auto database = open(DatabaseOptions{.busy_wait_max = std::chrono::hours(1)});
  EXPECT_EQ(add_row(*database), "");
  {
    const Holder holder(path(), "begin immediate");
    EXPECT_EQ(add_row(*database, CallContext::with_timeout(milliseconds(50))),
              "base.deadline_exceeded");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(add_row(*database, CallContext(CallContext::kNoDeadline, stop.get_token())),
              "base.cancelled");
  }
  EXPECT_EQ(add_row(*database), "");
}

TEST_F(Sqlite, RefusesToWriteIntoAFileThatWentAwayUntilItIsBack) {
  const auto database = open();
  EXPECT_EQ(add_row(*database), "");
  std::filesystem::create_directory(folder_ / "away");
  const auto move = [&](bool away) {
    for (const char* name : {"test.db", "test.db-wal", "test.db-shm"}) {
      const auto here = folder_ / name;
      const auto there = folder_ / "away" / name;
      std::filesystem::rename(away ? here : there, away ? there : here);
    }
  };
  move(true);
  EXPECT_EQ(add_row(*database), "sql.unavailable");
  EXPECT_EQ(add_row(*database), "sql.unavailable");
  EXPECT_FALSE(std::filesystem::exists(path())) << "and makes no empty one in its place";
  move(false);
  EXPECT_EQ(add_row(*database), "");
  EXPECT_EQ(count_rows(*database), 2);
}

TEST_F(Sqlite, GoesOnAfterTheDiskWasFull) {
  FaultyDisk disk;
  const auto database = open(DatabaseOptions{.sqlite_vfs = disk.vfs_name()});
  EXPECT_EQ(add_row(*database), "");
  disk.fail_writes_with(SQLITE_FULL);
  EXPECT_EQ(add_row(*database), "sql.disk_full");
  EXPECT_EQ(count_rows(*database), 1);
  disk.fail_writes_with(0);
  EXPECT_EQ(add_row(*database), "");
  EXPECT_EQ(count_rows(*database), 2);
}

TEST_F(Sqlite, GoesOnAfterTheDiskWasReadOnlyOrBroken) {
  FaultyDisk disk;
  const auto database = open(DatabaseOptions{.sqlite_vfs = disk.vfs_name()});
  EXPECT_EQ(add_row(*database), "");
  disk.fail_writes_with(SQLITE_READONLY);
  EXPECT_EQ(add_row(*database), "sql.read_only");
  disk.fail_writes_with(SQLITE_IOERR_WRITE);
  EXPECT_EQ(add_row(*database), "sql.unavailable");
  disk.fail_writes_with(0);
  EXPECT_EQ(add_row(*database), "");
  EXPECT_EQ(count_rows(*database), 2);
}

TEST_F(Sqlite, SaysThatACommitMayHaveHappenedWhereTheDiskDoesNotSync) {
  FaultyDisk disk;
  const auto database = open(DatabaseOptions{.sqlite_vfs = disk.vfs_name()});
  EXPECT_EQ(add_row(*database), "");
  disk.fail_syncs(true);
  EXPECT_EQ(add_row(*database), "sql.commit_unknown");
  disk.fail_syncs(false);
  EXPECT_EQ(add_row(*database), "");
  EXPECT_EQ(must(database->check(soon())).problems, std::vector<std::string>());
}

TEST_F(Sqlite, OpensWithinTheSameBounds) {
  open().reset();
  const Holder holder(path(), "pragma locking_mode = exclusive; begin exclusive");
  EXPECT_EQ(try_open(DatabaseOptions{.busy_wait_max = milliseconds(20)}).error().reason(),
            "sql.busy");
}

TEST_F(Sqlite, KnowsAnUncleanStop) {
  open().reset();
  EXPECT_FALSE(open()->stopped_uncleanly());
  std::ofstream(path() + "-open") << "open\n";  // As a killed program leaves it.
  {
    const auto database = open();
    EXPECT_TRUE(database->stopped_uncleanly());
    EXPECT_TRUE(must(database->check(soon())).stopped_uncleanly);
    EXPECT_FALSE(open()->stopped_uncleanly()) << "a living user is no unclean stop";
  }
  EXPECT_FALSE(open()->stopped_uncleanly());
}

TEST_F(Sqlite, RefusesADamagedFileAfterAnUncleanStop) {
  {
    const auto database = open();
    must(database->write(soon(), [](Transaction& t) -> Result<> {
      SOTTO_TRY(t.execute("create table rows (body text not null) strict"));
      for (int i = 0; i < 200; ++i)
        SOTTO_TRY(t.execute("insert into rows values ($1)", {std::string(500, 'x')}));
      return {};
    }));
  }
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3 * 4096);
    file << std::string(4096, '\xa5');
  }
  {
    const auto report = must(open()->check(soon()));
    EXPECT_FALSE(report.problems.empty()) << "the doctor sees it";
  }
  std::ofstream(path() + "-open") << "open\n";
  EXPECT_EQ(try_open().error().reason(), "sql.corrupt");
  EXPECT_EQ(try_open().error().reason(), "sql.corrupt") << "until somebody restores a backup";
}

TEST_F(Sqlite, RefusesWhatIsNoDatabase) {
  std::ofstream(path()) << std::string(8'000, 'x');
  EXPECT_EQ(try_open().error().reason(), "sql.corrupt");
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  EXPECT_FALSE(try_open());
}

TEST_F(Sqlite, LeavesNothingDeletedOnTheDisk) {
  const auto database = open();
  EXPECT_EQ(add_row(*database), "");
  const std::string secret = "what-was-said-in-confidence";
  must(database->write(
      soon(), [&](Transaction& t) { return t.execute("insert into rows values ($1)", {secret}); }));
  must(database->write(soon(), [&](Transaction& t) {
    return t.execute("delete from rows where body = $1", {secret});
  }));
  must(database->erase_deleted(soon()));
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(path() + suffix, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(content.find(secret), std::string::npos) << suffix;
  }
}

TEST_F(Sqlite, LeavesOneFileWhenClosed) {
  {
    const auto database = open();
    EXPECT_EQ(add_row(*database), "");
    EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
  }
  EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
  EXPECT_EQ(std::filesystem::file_size(path() + "-open"), 0U);
}

TEST_F(Sqlite, RefusesOptionsThatCannotWork) {
  const auto reason = [&](DatabaseOptions options) {
    const auto result = Database::open(soon(), std::move(options), clock_, random_);
    return result ? "" : result.error().reason();
  };
  EXPECT_EQ(reason({}), "sql.bad_options");
  EXPECT_EQ(reason({.location = "mysql://x@y/z"}), "sql.bad_options");
  EXPECT_EQ(reason({.location = path(), .password = Secret("x")}), "sql.bad_options");
  EXPECT_EQ(reason({.location = path(), .connections_max = 0}), "sql.bad_options");
  EXPECT_EQ(reason({.location = path(), .connections_max = 1'001}), "sql.bad_options");
  EXPECT_EQ(reason({.location = path(), .connections_max = 1'000}), "");
  EXPECT_EQ(reason({.location = (folder_ / "none" / "test.db").string()}), "runtime.not_found");
}

}  // namespace
}  // namespace sotto::sql
