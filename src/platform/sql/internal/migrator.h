#pragma once

#include <span>

#include "base/clock.h"
#include "platform/sql/internal/access.h"
#include "platform/sql/migrations.h"

namespace sotto::sql::internal {

/// Compares what the database says was done with `migrations`, and does the first that is missing;
/// false where none was.
Result<bool> migrate_one(Access& access, std::span<const Migration> migrations, WallTime now);

}  // namespace sotto::sql::internal
