#include "platform/sql/internal/postgres_url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <memory>
#include <netinet/in.h>
#include <string_view>

#include <libpq-fe.h>

namespace sotto::sql::internal {
namespace {

Error bad(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "sql.bad_options", std::move(message));
}

std::string value_of(const PostgresParameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, [](const auto& p) { return p.first; });
  return found == parameters.end() ? std::string() : found->second;
}

/// This machine: a Unix socket, or an address that never leaves it.
bool is_local(const std::string& host) {
  if (host.starts_with('/') || host.starts_with('@')) return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return host == "localhost";
}

Result<> check(const PostgresParameters& parameters) {
  for (const std::string_view name : {"host", "user", "dbname"})
    if (value_of(parameters, name).empty())
      return bad("The database's URL says no " + std::string(name) +
                 ": postgresql://user@host/database.");
  const std::string host = value_of(parameters, "host");
  if (host.find(',') != std::string::npos) return bad("The database's URL names several hosts.");
  if (!is_local(host) && value_of(parameters, "sslmode") != "verify-full")
    return Error(ErrorCode::kPreconditionFailed, "sql.plain_remote",
                 "A database on another machine is only talked to over TLS that knows it for the "
                 "right one: add sslmode=verify-full to its URL.");
  return {};
}

}  // namespace

Result<PostgresParameters> parse_postgres_url(const std::string& url) {
  static constexpr std::array<std::string_view, 8> kNames{
      "host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey"};
  char* raw_message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &raw_message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> message(raw_message, &PQfreemem);
  // libpq's message may quote the URL, and with it a password.
  if (!options)
    return bad("The database's URL is malformed: it looks like postgresql://user@host/database.");
  PostgresParameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view name = option->keyword;
    if (name == "password")
      return bad("A password has no place in the database's URL: it is a secret of its own.");
    if (std::ranges::find(kNames, name) == kNames.end())
      return bad("The database's URL has a parameter that Sotto does not take: " +
                 std::string(name) + '.');
    parameters.emplace_back(name, option->val);
  }
  SOTTO_TRY(check(parameters));
  if (value_of(parameters, "port").empty()) parameters.emplace_back("port", "5432");
  return parameters;
}

}  // namespace sotto::sql::internal
