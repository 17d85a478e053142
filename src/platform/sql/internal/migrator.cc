#include "platform/sql/internal/migrator.h"

#include <cstdint>
#include <string>

#include "platform/crypto/hex.h"
#include "platform/crypto/sha256.h"

namespace sotto::sql::internal {
namespace {

constexpr std::size_t kMigrationsMax = 10'000;

std::string hash_of(const Migration& migration, Dialect dialect) {
  return crypto::to_hex(crypto::sha256(migration.script.text(dialect)));
}

Error newer(std::int64_t number, std::size_t known) {
  return Error(ErrorCode::kPreconditionFailed, "sql.schema_newer",
               "The database was used by a newer program: it has migration " +
                   std::to_string(number) + ", and this program knows " + std::to_string(known) +
                   ". Use the newer program, or restore a backup made before it.");
}

Error changed(std::int64_t number, const std::string& name) {
  return Error(ErrorCode::kPreconditionFailed, "sql.migration_changed",
               "Migration " + std::to_string(number) + " (" + name +
                   ") is not the one that this database went through. A migration never changes "
                   "once it was released: add a new one instead.");
}

}  // namespace

Result<bool> migrate_one(Access& access, std::span<const Migration> migrations, WallTime now) {
  Transaction& transaction = access.transaction();
  SOTTO_TRY(transaction.execute(
      Sql("create table if not exists schema_migrations (number integer not null primary key, "
          "name text not null, sha256 text not null, applied_ms integer not null) strict",
          "create table if not exists schema_migrations (number bigint not null primary key, "
          "name text not null, sha256 text not null, applied_ms bigint not null)")));
  SOTTO_ASSIGN(
      const Rows rows,
      transaction.query("select number, name, sha256 from schema_migrations order by number", {},
                        QueryLimits{.rows_max = kMigrationsMax}));
  std::int64_t last = 0;
  for (const Row& row : rows) {
    std::int64_t number = 0;
    std::string name;
    std::string hash;
    SOTTO_TRY(row.read(number, name, hash));
    if (number > static_cast<std::int64_t>(migrations.size()))
      return newer(number, migrations.size());
    if (number != last + 1) return changed(last + 1, name);
    if (hash != hash_of(migrations[static_cast<std::size_t>(last)], transaction.dialect()))
      return changed(number, name);
    last = number;
  }
  if (static_cast<std::size_t>(last) == migrations.size()) return false;
  const Migration& next = migrations[static_cast<std::size_t>(last)];
  SOTTO_TRY(access.run_script(next.script));
  SOTTO_TRY(transaction.execute(
      "insert into schema_migrations (number, name, sha256, applied_ms) values ($1, $2, $3, $4)",
      {next.number, next.name, hash_of(next, transaction.dialect()), now}));
  return true;
}

}  // namespace sotto::sql::internal
