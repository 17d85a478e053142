#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/secret.h"
#include "platform/crypto/key_ring.h"
#include "platform/obs/log.h"
#include "platform/sql/database.h"

namespace sotto::app {

/// Where a server keeps things.
struct StorageOptions {
  std::filesystem::path data;
  Secret master_key;  ///< Empty: from the file DATA/master.key, which is made at the first start.
  std::string database_url;  ///< Empty: SQLite in DATA/sotto.db.
  Secret database_password;
  std::size_t database_connections_max = 8;
};

/// The database and the keys that its data is sealed with; one of them alone is useless, and they
/// are only opened together.
///
/// A thread of its own looks once a second whether the database answers: routes that say whether
/// the server is ready may not wait for it. Any thread.
class Storage {
 public:
  static constexpr const char* kKeyFile = "master.key";
  static constexpr const char* kDatabaseFile = "sotto.db";

  /// Opens and migrates the database, then reads or makes the master key, and refuses one that the
  /// data was not sealed with ("crypto.master_key_wrong"). At the first start a new key is
  /// announced in the log, since whoever loses it loses everything. "app.database_missing" where
  /// there is a key file but no SQLite database. The errors of sql::Database::open() and migrate(),
  /// and of crypto::open_master_key_file().
  static Result<std::unique_ptr<Storage>> open(const CallContext& context,
                                               const StorageOptions& options, obs::Log& log);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  const crypto::KeyRing& keys() const { return keys_; }
  sql::Database& database() { return *database_; }
  /// Whether the database answered when it was last asked, and was still the same.
  bool is_available() const { return available_.load(std::memory_order_relaxed); }
  /// Waits for open transactions and closes the database, within five seconds. Once.
  void close();

 private:
  struct Sources {
    SystemClock clock;
    SystemRandom random;
  };

  Storage(std::unique_ptr<Sources> sources, std::unique_ptr<sql::Database> database,
          crypto::KeyRing keys, obs::Log& log);
  void watch(const std::stop_token& stop);
  Result<> look(const CallContext& context);

  const std::unique_ptr<Sources> sources_;  // Outlives the database.
  const std::unique_ptr<sql::Database> database_;
  const crypto::KeyRing keys_;
  obs::Log& log_;
  std::atomic<bool> available_{true};
  std::jthread watcher_;  // Last: it uses what stands above.
};

/// Whether the key fits to the data, for `sotto doctor`, which runs beside a server. Errors as in
/// Storage::open(); makes nothing.
Result<sql::CheckReport> examine_storage(const CallContext& context, const StorageOptions& options);

}  // namespace sotto::app
