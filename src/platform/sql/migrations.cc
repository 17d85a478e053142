#include "platform/sql/migrations.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

namespace sotto::sql {
namespace {

/// The words of one statement in upper case, without comments and quoted text.
using Statement = std::vector<std::string>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The place behind a dollar-quoted text of PostgreSQL ($$...$$, $body$...$body$), or `at`.
std::size_t skip_dollar_quoted(std::string_view text, std::size_t at) {
  if (text[at] != '$') return at;
  std::size_t end = at + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end >= text.size() || text[end] != '$') return at;
  const std::string_view quote = text.substr(at, end + 1 - at);
  const std::size_t closing = text.find(quote, end + 1);
  return closing == std::string_view::npos ? text.size() : closing + quote.size();
}

std::vector<Statement> split(std::string_view text) {
  std::vector<Statement> statements(1);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t behind = internal::skip_quoted(text, at);
    if (behind == at) behind = skip_dollar_quoted(text, at);
    if (behind != at) {
      at = behind;
    } else if (is_word(text[at])) {
      std::string word;
      while (at < text.size() && is_word(text[at]))
        word += static_cast<char>(std::toupper(static_cast<unsigned char>(text[at++])));
      statements.back().push_back(std::move(word));
    } else {
      if (text[at++] == ';') statements.emplace_back();
    }
  }
  std::erase_if(statements, [](const Statement& statement) { return statement.empty(); });
  return statements;
}

bool has(const Statement& statement, std::string_view word) {
  return std::ranges::find(statement, word) != statement.end();
}

/// What is wrong with a statement: a sentence, or nothing.
std::string problem_of(const Statement& statement, MigrationKind kind, Dialect dialect) {
  static constexpr std::array kFirstWords{"BEGIN",  "START",  "COMMIT", "ROLLBACK", "SAVEPOINT",
                                          "VACUUM", "ATTACH", "DETACH", "PRAGMA",   "COPY"};
  const std::string& first = statement.front();
  if (std::ranges::find(kFirstWords, first) != kFirstWords.end() || has(statement, "CONCURRENTLY"))
    return first + (has(statement, "CONCURRENTLY") ? " CONCURRENTLY" : "") +
           " cannot be part of a migration's transaction.";
  if (kind == MigrationKind::kExpand) {
    const bool changes_type = first == "ALTER" && has(statement, "TYPE");
    static constexpr std::array<std::string_view, 3> kSetNotNull{"SET", "NOT", "NULL"};
    const bool tightens = first == "ALTER" && !std::ranges::search(statement, kSetNotNull).empty();
    const std::string word = has(statement, "DROP")       ? "DROP"
                             : has(statement, "RENAME")   ? "RENAME"
                             : has(statement, "TRUNCATE") ? "TRUNCATE"
                             : changes_type               ? "ALTER ... TYPE"
                             : tightens                   ? "SET NOT NULL"
                                                          : "";
    if (!word.empty())
      return word +
             " takes away what the program before still uses: it belongs into a migration "
             "of kind kContract, a release later.";
  }
  if (dialect == Dialect::kSqlite && first == "CREATE" && has(statement, "TABLE") &&
      !has(statement, "VIRTUAL") && !has(statement, "STRICT"))
    return "SQLite keeps to column types in STRICT tables alone.";
  return {};
}

Error bad(const Migration& migration, const std::string& what) {
  return Error(ErrorCode::kInternal, "sql.bad_migration",
               "Migration " + std::to_string(migration.number) + " (" +
                   std::string(migration.name) + "): " + what);
}

}  // namespace

Result<> validate(std::span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations) {
    if (migration.number != expected)
      return bad(migration, "the number should be " + std::to_string(expected) +
                                ": they run from 1 without gaps.");
    ++expected;
    if (migration.name.empty()) return bad(migration, "it needs a name.");
    for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgresql}) {
      const std::vector<Statement> statements = split(migration.script.text(dialect));
      if (statements.empty())
        return bad(migration, "it has no statement for one of the databases.");
      for (const Statement& statement : statements)
        if (const std::string what = problem_of(statement, migration.kind, dialect); !what.empty())
          return bad(migration, what);
    }
  }
  return {};
}

}  // namespace sotto::sql
