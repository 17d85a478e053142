#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "platform/sql/sql.h"

namespace sotto::sql {

/// The two halves of a change that lets the program before and the program after run at once:
/// first add what is new, a release later take away what nobody uses any more.
enum class MigrationKind : std::uint8_t { kExpand, kContract };

/// One step of the schema. Numbers run from 1 without gaps; once released, a step never changes
/// (its hash is kept in the database).
struct Migration {
  int number;
  std::string_view name;  ///< For messages: "users".
  Script script;
  MigrationKind kind = MigrationKind::kExpand;
};

/// "sql.bad_migration", naming the step and the word, for what a program's migrations must not
/// hold: numbers out of order; DROP, RENAME or a change of type outside of kContract; statements
/// that end the transaction or cannot be in one; SQLite tables that are not STRICT. migrate()
/// calls it first.
Result<> validate(std::span<const Migration> migrations);

}  // namespace sotto::sql
