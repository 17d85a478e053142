#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sotto::sql::internal {

/// What libpq is told: names and values of connection parameters, the password aside.
using PostgresParameters = std::vector<std::pair<std::string, std::string>>;

/// Reads a postgresql:// URL. "sql.bad_options" for one that is malformed, holds a password, names
/// several hosts or leaves out host, user or database, or has parameters other than host, port,
/// user, dbname, sslmode, sslrootcert, sslcert, sslkey; "sql.plain_remote" where it would talk to
/// another machine without knowing it for the right one (sslmode other than verify-full).
Result<PostgresParameters> parse_postgres_url(const std::string& url);

}  // namespace sotto::sql::internal
