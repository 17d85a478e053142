// What a power cut leaves: databases on a disk that forgets what was not synced, cut at many
// seeded points. The same test is shown to fail on a disk that lies, and without syncs.
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <sqlite3.h>

#include "platform/sql/testing/each_database.h"
#include "platform/sql/testing/faulty_disk.h"

namespace sotto::sql {
namespace {

constexpr int kSeeds = 60;
constexpr int kRowsMax = 120;  // A run ends here where the power outlasts it.

constexpr Migration kRows[] = {
    {1, "rows",
     Script("create table rows (number integer primary key not null, body text not null) strict;",
            "create table rows (number bigint primary key not null, body text not null);")}};

/// Every row has a body that follows from its number, from a few bytes to several pages.
std::string body_of(std::int64_t number) {
  return std::string(static_cast<std::size_t>(number * 977 % 9'000 + 1),
                     static_cast<char>('a' + number % 26));
}

class PowerLoss : public ::testing::Test {
 protected:
  static CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(60)); }

  DatabaseOptions options(const runtime::TempDir& folder, const FaultyDisk* disk) const {
    DatabaseOptions options;
    options.location = (folder / "test.db").string();
    if (disk != nullptr) options.sqlite_vfs = disk->vfs_name();
    return options;
  }

  /// Writes rows until the power goes; gives the numbers whose commit was confirmed.
  std::set<std::int64_t> write_rows(const DatabaseOptions& options) {
    std::set<std::int64_t> confirmed;
    DatabaseOptions copy;
    copy.location = options.location;
    copy.sqlite_vfs = options.sqlite_vfs;
    auto database = Database::open(soon(), std::move(copy), clock_, random_);
    if (!database || !(*database)->migrate(soon(), kRows)) return confirmed;
    for (std::int64_t number = 1; number <= kRowsMax; ++number) {
      const auto done = (*database)->write(soon(), [&](Transaction& t) {
        return t.execute("insert into rows values ($1, $2)", {number, body_of(number)});
      });
      if (!done) break;
      confirmed.insert(number);
      // Now and then the log goes back into the file.
      if (number % 17 == 0 && !(*database)->erase_deleted(soon())) break;
    }
    return confirmed;
  }

  /// The same with SQLite's own hands and `synchronous = off`.
  static std::set<std::int64_t> write_rows_unsynced(const DatabaseOptions& options) {
    std::set<std::int64_t> confirmed;
    sqlite3* raw = nullptr;
    const std::string& path = options.location;
    if (sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        options.sqlite_vfs.c_str()) == SQLITE_OK) {
      const auto run = [raw](const std::string& text) {
        return sqlite3_exec(raw, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
      };
      run("pragma journal_mode = wal");
      run("pragma synchronous = off");
      run("create table rows (number integer primary key not null, body text not null) strict");
      for (std::int64_t number = 1; number <= kRowsMax; ++number) {
        if (!run("insert into rows values (" + std::to_string(number) + ", '" + body_of(number) +
                 "')"))
          break;
        confirmed.insert(number);
      }
    }
    sqlite3_close(raw);
    return confirmed;
  }

  /// What is wrong after the power is back: a sentence, or nothing.
  std::string problem_after(const FaultyDisk& disk, std::uint64_t seed,
                            const std::set<std::int64_t>& confirmed) {
    const runtime::TempDir folder;
    disk.save_what_survived(folder.path(), seed);
    std::ofstream(folder / "test.db-open") << "open\n";  // What the dead one left.
    auto database = Database::open(soon(), options(folder, nullptr), clock_, random_);
    if (!database) return "does not open: " + database.error().describe();
    if (!(*database)->stopped_uncleanly()) return "was not examined";
    if (auto done = (*database)->migrate(soon(), kRows); !done)
      return "does not migrate: " + done.error().describe();
    const auto report = (*database)->check(soon());
    if (!report) return "cannot be checked: " + report.error().describe();
    if (!report->problems.empty()) return "is damaged: " + report->problems.front();
    const auto rows = (*database)->read(
        soon(), [](ReadTransaction& t) { return t.query("select number, body from rows"); });
    if (!rows) return "cannot be read: " + rows.error().describe();
    std::set<std::int64_t> found;
    for (const Row& row : *rows) {
      std::int64_t number = 0;
      std::string body;
      if (!row.read(number, body) || body != body_of(number)) return "holds what was not written";
      found.insert(number);
    }
    for (const std::int64_t number : confirmed)
      if (!found.contains(number)) return "has lost row " + std::to_string(number);
    if (found.size() > confirmed.size() + 1) return "has rows that nobody confirmed";
    return {};
  }

  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(PowerLoss, LosesNoConfirmedCommitAndDamagesNothing) {
  int cut = 0;
  std::size_t confirmed_total = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const runtime::TempDir folder;
    FaultyDisk disk;
    disk.cut_power_at(1 + std::mt19937_64(seed)() % 900);
    const auto confirmed = write_rows(options(folder, &disk));
    cut += disk.is_without_power() ? 1 : 0;
    confirmed_total += confirmed.size();
    EXPECT_EQ(problem_after(disk, seed, confirmed), "");
  }
  EXPECT_GT(cut, kSeeds / 2) << "or nothing was tested";
  EXPECT_GT(confirmed_total, std::size_t{kSeeds}) << "or nothing was to be lost";
}

TEST_F(PowerLoss, IsSeenToLoseOnADiskThatLies) {
  int problems = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const runtime::TempDir folder;
    FaultyDisk disk;
    disk.ignore_syncs();
    disk.cut_power_at(300);
    const auto confirmed = write_rows(options(folder, &disk));
    problems += problem_after(disk, seed, confirmed).empty() ? 0 : 1;
  }
  EXPECT_EQ(problems, 12);
}

TEST_F(PowerLoss, IsSeenToLoseWithoutSyncs) {
  int problems = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const runtime::TempDir folder;
    FaultyDisk disk;
    disk.cut_power_at(200);
    const auto confirmed = write_rows_unsynced(options(folder, &disk));
    problems += problem_after(disk, seed, confirmed).empty() ? 0 : 1;
  }
  EXPECT_EQ(problems, 12);
}

}  // namespace
}  // namespace sotto::sql
