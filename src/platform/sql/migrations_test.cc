#include "platform/sql/migrations.h"

#include <gtest/gtest.h>
#include <thread>

#include "platform/sql/testing/each_database.h"

namespace sotto::sql {
namespace {

constexpr Script kUsers("create table users (id integer primary key not null) strict;",
                        "create table users (id bigint primary key not null);");
constexpr Script kNames(
    "alter table users add column name text; -- A comment; with a semicolon.\n"
    "create index users_name on users (name);",
    "alter table users add column name text;"
    "create index users_name on users (name);");
constexpr Script kBroken("create table more (id integer) strict; insert into nowhere values (1);",
                         "create table more (id bigint); insert into nowhere values (1);");

class Migrations : public EachDatabase {
 protected:
  static std::string reason_of(const Result<>& result) {
    return result ? "" : result.error().reason();
  }
  std::int64_t count(Sql statement) {
    const Rows rows =
        must(db().read(soon(), [&](ReadTransaction& t) { return t.query(statement); }));
    std::int64_t value = 0;
    must(rows.at(0).read(value));
    return value;
  }
};

SOTTO_ON_EACH_DATABASE(Migrations);

TEST_P(Migrations, AreDoneOnceEach) {
  const Migration first[] = {{1, "users", kUsers}};
  const Migration both[] = {{1, "users", kUsers}, {2, "names", kNames}};
  must(db().migrate(soon(), first));
  must(db().migrate(soon(), both));
  must(db().migrate(soon(), both));
  EXPECT_EQ(count("select count(*) from schema_migrations"), 2);
  EXPECT_EQ(count("select count(name) from users"), 0);
}

TEST_P(Migrations, AreRefusedByNameWhereOneHasChanged) {
  const Migration before[] = {{1, "users", kUsers}, {2, "names", kNames}};
  must(db().migrate(soon(), before));
  const Migration after[] = {{1, "users", kUsers}, {2, "names", kUsers}};
  const auto result = db().migrate(soon(), after);
  EXPECT_EQ(reason_of(result), "sql.migration_changed");
  EXPECT_NE(result.error().message().find("Migration 2 (names)"), std::string::npos);
}

TEST_P(Migrations, OfANewerProgramAreRefused) {
  const Migration newer[] = {{1, "users", kUsers}, {2, "names", kNames}};
  must(db().migrate(soon(), newer));
  EXPECT_EQ(reason_of(db().migrate(soon(), std::span(newer, 1))), "sql.schema_newer");
  EXPECT_EQ(reason_of(db().migrate(soon(), {})), "sql.schema_newer");
}

TEST_P(Migrations, ThatFailLeaveNothingBehind) {
  const Migration broken[] = {{1, "users", kUsers}, {2, "broken", kBroken}};
  EXPECT_EQ(reason_of(db().migrate(soon(), broken)), "sql.bad_statement");
  EXPECT_EQ(count("select count(*) from schema_migrations"), 1);
  const Migration mended[] = {{1, "users", kUsers}, {2, "names", kNames}};
  must(db().migrate(soon(), mended));
}

TEST_P(Migrations, OfProgramsThatStartAtOnceAreDoneOnce) {
  const Migration both[] = {{1, "users", kUsers}, {2, "names", kNames}};
  std::vector<std::unique_ptr<Database>> programs;
  for (int i = 0; i < 4; ++i) programs.push_back(open_another());
  {
    std::vector<std::jthread> threads;
    for (const auto& program : programs)
      threads.emplace_back([&] { must(program->migrate(soon(), both)); });
  }
  EXPECT_EQ(count("select count(*) from schema_migrations"), 2);
}

/// What validate() says to a script of one migration.
std::string message_of(Script script, MigrationKind kind = MigrationKind::kExpand) {
  const Migration migrations[] = {{1, "x", script, kind}};
  const auto result = validate(migrations);
  if (result) return {};
  EXPECT_EQ(result.error().reason(), "sql.bad_migration");
  return result.error().message();
}

constexpr char kGood[] = "create table t (a bigint) strict";

TEST(MigrationLint, AllowsTakingAwayInContractAlone) {
  for (const Script script :
       {Script(kGood, "drop table t"), Script("alter table t drop column a", kGood),
        Script("alter table t rename to u", kGood), Script("/* x */ DROP INDEX i", kGood),
        Script(kGood, "alter table t alter column a type text"), Script(kGood, "truncate t"),
        Script(kGood, "alter table t alter column a set not null")}) {
    EXPECT_NE(message_of(script), "");
    EXPECT_EQ(message_of(script, MigrationKind::kContract), "");
  }
}

TEST(MigrationLint, SeesThroughCommentsAndQuotes) {
  EXPECT_EQ(message_of(Script("create table t (a text default 'drop table x; commit') strict;"
                              "-- drop it\n/* rename; */",
                              "create table t (a text); create function f() returns text "
                              "language sql as $x$ select 'drop'; $x$")),
            "");
  EXPECT_EQ(message_of(Script("create table t (\"drop\" text) strict", kGood)), "");
}

TEST(MigrationLint, RefusesWhatWouldEndTheTransaction) {
  EXPECT_NE(message_of(Script("create table t (a integer) strict; commit", kGood)), "");
  EXPECT_NE(message_of(Script("vacuum", kGood)), "");
  EXPECT_NE(message_of(Script("pragma foreign_keys = off", kGood)), "");
  EXPECT_NE(message_of(Script(kGood, "create index concurrently i on t (a)")), "");
  EXPECT_EQ(
      message_of(Script("create trigger x after insert on t begin delete from u; end", kGood)), "");
}

TEST(MigrationLint, WantsStrictTables) {
  EXPECT_NE(message_of(Script("create table t (a bigint)", kGood)), "");
  EXPECT_EQ(message_of(Script("create virtual table t using fts5(a)", kGood)), "");
}

TEST(MigrationLint, WantsNumbersNamesAndStatements) {
  const Script script(kGood, kGood);
  const Migration from_two[] = {{2, "x", script}};
  EXPECT_FALSE(validate(from_two));
  const Migration gap[] = {{1, "x", script}, {3, "y", script}};
  EXPECT_FALSE(validate(gap));
  const Migration nameless[] = {{1, "", script}};
  EXPECT_FALSE(validate(nameless));
  EXPECT_NE(message_of(Script("-- nothing", kGood)), "");
  EXPECT_NE(message_of(Script(kGood, " ; ; ")), "");
}

}  // namespace
}  // namespace sotto::sql
