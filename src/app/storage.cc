#include "app/storage.h"

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include "base/mutex.h"
#include "platform/crypto/master_key_file.h"

namespace sotto::app {
namespace {

using crypto::KeyRing;
using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{1'000};
constexpr milliseconds kLookTime{2'000};  // A database that needs longer serves nobody.
constexpr milliseconds kCloseTime{5'000};

/// The one row that says whose data this is.
constexpr std::array kMigrations{
    sql::Migration{.number = 1,
                   .name = "installation",
                   .script = sql::Script("create table installation ("
                                         "  id integer primary key check (id = 1),"
                                         "  key_check text not null,"
                                         "  created_at integer not null) strict;",
                                         "create table installation ("
                                         "  id bigint primary key check (id = 1),"
                                         "  key_check text not null,"
                                         "  created_at bigint not null);")}};

Result<std::unique_ptr<sql::Database>> open_database(const CallContext& context,
                                                     const StorageOptions& options,
                                                     const Clock& clock, Random& random) {
  const std::string location = options.database_url.empty()
                                   ? (options.data / Storage::kDatabaseFile).string()
                                   : options.database_url;
  return sql::Database::open(context,
                             {.location = location,
                              .password = Secret(std::string(options.database_password.reveal())),
                              .connections_max = options.database_connections_max},
                             clock, random);
}

/// A key whose database is gone: an empty one would look like a working start and hide the loss.
Result<> refuse_lost_database(const StorageOptions& options) {
  std::error_code ignored;
  const bool is_lost = options.database_url.empty() &&
                       std::filesystem::exists(options.data / Storage::kKeyFile, ignored) &&
                       !std::filesystem::exists(options.data / Storage::kDatabaseFile, ignored);
  if (!is_lost) return {};
  return Error(ErrorCode::kDataLoss, "app.database_missing",
               "There is a master key in " + options.data.string() +
                   ", but no database beside it. Put sotto.db back, with the sotto.db-wal that "
                   "belongs to it; or, to begin anew, move master.key away.");
}

/// What tells the right master key; nothing before the first start.
Result<std::optional<std::string>> stored_key_check(const CallContext& context,
                                                    sql::Database& database) {
  return database.read(
      context, [](sql::ReadTransaction& transaction) -> Result<std::optional<std::string>> {
        SOTTO_ASSIGN(const auto row,
                     transaction.query_one("select key_check from installation where id = 1"));
        if (!row) return std::optional<std::string>();
        std::string check;
        SOTTO_TRY(row->read(check));
        return std::optional(std::move(check));
      });
}

/// Writes down which key this data is sealed with. Of two servers that start on one new database at
/// once the first one's key counts, and the other hears that its own is wrong.
Result<> claim(const CallContext& context, sql::Database& database, const KeyRing& keys,
               const Clock& clock) {
  return database.write(context, [&](sql::Transaction& transaction) -> Result<> {
    SOTTO_TRY(transaction.execute(
        "insert into installation (id, key_check, created_at) values (1, $1, $2)"
        " on conflict (id) do nothing",
        {keys.check_value(), clock.now()}));
    SOTTO_ASSIGN(const auto row,
                 transaction.query_one("select key_check from installation where id = 1"));
    if (!row) return SOTTO_BUG("A row that was just written is not there.");
    std::string check;
    SOTTO_TRY(row->read(check));
    SOTTO_TRY(keys.verify_check_value(check));
    if (check == keys.check_value()) return {};
    // The key was rotated: from now on the current one is the one that is known.
    SOTTO_TRY(transaction.execute("update installation set key_check = $1 where id = 1",
                                  {keys.check_value()}));
    return {};
  });
}

Result<KeyRing> open_keys(const StorageOptions& options, bool has_data, Random& random,
                          obs::Log& log) {
  if (!options.master_key.empty()) return crypto::master_keys_from_secret(options.master_key);
  const std::filesystem::path file = options.data / Storage::kKeyFile;
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(file, ignored);
  SOTTO_ASSIGN(
      KeyRing keys,
      crypto::open_master_key_file(
          file, has_data ? crypto::EncryptedData::kExists : crypto::EncryptedData::kNone, random));
  if (is_new)
    log.write(obs::LogLevel::kWarning, "master_key_made",
              {{"file", file.string()},
               {"advice",
                "Copy this file to a safe place that is not this disk: without it nothing that is "
                "stored can be read again."}});
  return keys;
}

}  // namespace

Result<std::unique_ptr<Storage>> Storage::open(const CallContext& context,
                                               const StorageOptions& options, obs::Log& log) {
  SOTTO_TRY(refuse_lost_database(options));
  auto sources = std::make_unique<Sources>();
  SOTTO_ASSIGN(auto database, open_database(context, options, sources->clock, sources->random));
  if (database->stopped_uncleanly())
    log.write(obs::LogLevel::kWarning, "database_checked",
              {{"why", "The server did not stop in order the last time."}, {"result", "sound"}});
  SOTTO_TRY(database->migrate(context, kMigrations));
  SOTTO_ASSIGN(const auto check, stored_key_check(context, *database));
  SOTTO_ASSIGN(KeyRing keys, open_keys(options, check.has_value(), sources->random, log));
  SOTTO_TRY(claim(context, *database, keys, sources->clock));
  return std::unique_ptr<Storage>(
      new Storage(std::move(sources), std::move(database), std::move(keys), log));
}

Storage::Storage(std::unique_ptr<Sources> sources, std::unique_ptr<sql::Database> database,
                 KeyRing keys, obs::Log& log)
    : sources_(std::move(sources)),
      database_(std::move(database)),
      keys_(std::move(keys)),
      log_(log),
      watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

Storage::~Storage() { close(); }

void Storage::close() {
  watcher_.request_stop();
  if (watcher_.joinable()) watcher_.join();
  available_ = false;
  // What is left open is closed by the end of the process; the next start examines the file.
  if (const auto closed = database_->close(CallContext::with_timeout(kCloseTime)); !closed)
    if (closed.error().reason() != "sql.closed")
      log_.write(obs::LogLevel::kError, "database_not_closed", closed.error());
}

void Storage::watch(const std::stop_token& stop) {
  Mutex mutex;
  CondVar never;
  const CallContext life(std::chrono::steady_clock::time_point::max(), stop);
  while (!stop.stop_requested()) {
    {
      const MutexLock lock(mutex);
      const CallContext pause = life.sooner(std::chrono::steady_clock::now() + kLookEvery);
      while (never.wait(pause, mutex)) {
      }
    }
    if (stop.stop_requested()) return;
    const auto seen =
        stored_key_check(life.sooner(std::chrono::steady_clock::now() + kLookTime), *database_);
    if (stop.stop_requested()) return;
    if (available_.exchange(seen.has_value()) == seen.has_value()) continue;
    if (seen)
      log_.write(obs::LogLevel::kInfo, "database_back");
    else
      log_.write(obs::LogLevel::kError, "database_gone", seen.error());
  }
}

/// That it answers, and that it is still the one whose key we have.
Result<> Storage::look(const CallContext& context) {
  SOTTO_ASSIGN(const auto check, stored_key_check(context, *database_));
  if (check) return keys_.verify_check_value(*check);
  return Error(ErrorCode::kDataLoss, "app.database_missing",
               "The database is another one than at the start: it is empty.");
}

Result<sql::CheckReport> examine_storage(const CallContext& context,
                                         const StorageOptions& options) {
  const SystemClock clock;
  SystemRandom random;
  SOTTO_ASSIGN(const auto database, open_database(context, options, clock, random));
  SOTTO_ASSIGN(sql::CheckReport report, database->check(context));
  SOTTO_ASSIGN(const auto check, stored_key_check(context, *database));
  SOTTO_ASSIGN(const KeyRing keys,
               options.master_key.empty()
                   ? crypto::read_master_key_file(options.data / Storage::kKeyFile)
                   : crypto::master_keys_from_secret(options.master_key));
  if (check) SOTTO_TRY(keys.verify_check_value(*check));
  return report;
}

}  // namespace sotto::app
