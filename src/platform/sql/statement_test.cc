// Statements, parameters and answers, the same on both databases.
#include <gtest/gtest.h>
#include <limits>

#include "base/testing/fake_clock.h"
#include "platform/sql/testing/each_database.h"

namespace sotto::sql {
namespace {

using NoteId = Id<struct NoteTag>;
using std::chrono::milliseconds;

/// "select cast(123 as bigint)", with the digits of `number`.
template <std::size_t Number>
struct NumberedText {
  char text[28] = "select cast(000 as bigint) ";
  consteval NumberedText() {
    text[12] = static_cast<char>('0' + Number / 100);
    text[13] = static_cast<char>('0' + Number / 10 % 10);
    text[14] = static_cast<char>('0' + Number % 10);
  }
};

template <std::size_t Number>
inline constexpr NumberedText<Number> kNumberedText;

template <std::size_t... Indices>
std::vector<Sql> numbered_statements(std::index_sequence<Indices...> /*unused*/) {
  return {Sql(kNumberedText<Indices>.text)...};
}

// Text that is put together at run time is no statement.
static_assert(!std::is_constructible_v<Sql, std::string>);
static_assert(!std::is_constructible_v<Sql, std::string_view>);
static_assert(!std::is_constructible_v<Sql, const char*>);
static_assert(!std::is_constructible_v<Script, std::string, std::string>);
// Parameters are counted outside of quotes and comments.
static_assert(Sql("select $1, '$9 ?;', \"$8\" -- $7\n /* $6 */ , $2, $1").parameter_count() == 2);
static_assert(Sql("select 1").parameter_count() == 0);
// Not every integer fits, and a bool is none.
static_assert(!std::is_constructible_v<Value, std::uint64_t>);
static_assert(std::is_constructible_v<Value, std::uint32_t>);

class Statements : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped()) return;
    change(
        Sql("create table notes (id blob primary key not null, number integer, real real, "
            "flag integer, body text, bytes blob) strict",
            "create table notes (id uuid primary key not null, number bigint, real "
            "double precision, flag boolean, body text, bytes bytea)"));
  }

  std::int64_t change(Sql statement, std::initializer_list<Value> values = {}) {
    return must(db().write(soon(), [&](Transaction& t) { return t.execute(statement, values); }));
  }
  Result<Rows> ask(Sql statement, std::initializer_list<Value> values = {},
                   QueryLimits limits = {}) {
    return db().read(soon(),
                     [&](ReadTransaction& t) { return t.query(statement, values, limits); });
  }
  std::string reason_of(Sql statement, std::initializer_list<Value> values = {}) {
    const auto result =
        db().write(soon(), [&](Transaction& t) { return t.execute(statement, values); });
    return result ? "" : result.error().reason();
  }

  NoteId new_id() { return NoteId::make(clock_, random_); }
};

SOTTO_ON_EACH_DATABASE(Statements);

TEST_P(Statements, GiveBackWhatWasStored) {
  const NoteId id = new_id();
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}, std::byte{39}};
  EXPECT_EQ(
      change("insert into notes values ($1, $2, $3, $4, $5, $6)",
             {id, std::numeric_limits<std::int64_t>::min(), 0.1, true, "Žluťoučký 🐎'\\", bytes}),
      1);
  const Rows rows = must(ask("select * from notes"));
  ASSERT_EQ(rows.size(), 1U);
  NoteId read_id;
  std::int64_t number = 0;
  double real = 0;
  bool flag = false;
  std::string body;
  std::vector<std::byte> read_bytes;
  must(rows[0].read(read_id, number, real, flag, body, read_bytes));
  EXPECT_EQ(read_id, id);
  EXPECT_EQ(number, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(real, 0.1);
  EXPECT_TRUE(flag);
  EXPECT_EQ(body, "Žluťoučký 🐎'\\");
  EXPECT_EQ(read_bytes, bytes);
}

TEST_P(Statements, TellEmptyFromNull) {
  change("insert into notes (id, body, bytes) values ($1, $2, $3)",
         {new_id(), std::string_view(), Value::Blob()});
  change("insert into notes (id, body, bytes) values ($1, $2, $3)",
         {new_id(), nullptr, std::optional<std::string>()});
  const Rows rows = must(ask("select body, bytes from notes order by id"));
  std::optional<std::string> body;
  std::optional<std::vector<std::byte>> bytes;
  must(rows.at(0).read(body, bytes));
  EXPECT_EQ(body, "");
  EXPECT_EQ(bytes->size(), 0U);
  must(rows.at(1).read(body, bytes));
  EXPECT_FALSE(body);
  EXPECT_FALSE(bytes);
}

TEST_P(Statements, KeepTimesToTheMillisecond) {
  const WallTime time{milliseconds(1'795'555'555'123)};
  change("insert into notes (id, number) values ($1, $2)", {new_id(), time});
  WallTime read;
  must(must(ask("select number from notes")).at(0).read(read));
  EXPECT_EQ(read, time);
}

TEST_P(Statements, SortIdsByTheTimeTheyWereMade) {
  FakeClock clock;
  const NoteId first = NoteId::make(clock, random_);
  clock.advance(milliseconds(1));
  const NoteId second = NoteId::make(clock, random_);
  change("insert into notes (id) values ($1)", {second});
  change("insert into notes (id) values ($1)", {first});
  const Rows rows = must(ask("select id from notes order by id"));
  NoteId read;
  must(rows.at(0).read(read));
  EXPECT_EQ(read, first);
  EXPECT_EQ(must(ask("select id from notes where id > $1", {first})).size(), 1U);
}

TEST_P(Statements, TakeAParameterTwiceAndInAnyOrder) {
  const Rows rows = must(ask("select cast($2 as bigint) - cast($1 as bigint), cast($2 as bigint)",
                             {std::int64_t{1}, std::int64_t{10}}));
  std::int64_t difference = 0;
  std::int64_t second = 0;
  must(rows.at(0).read(difference, second));
  EXPECT_EQ(difference, 9);
  EXPECT_EQ(second, 10);
}

TEST_P(Statements, TreatValuesAsValues) {
  const std::string hostile = "'); drop table notes; --";
  change("insert into notes (id, body) values ($1, $2)", {new_id(), hostile});
  std::string body;
  must(must(ask("select body from notes where body = $1", {hostile})).at(0).read(body));
  EXPECT_EQ(body, hostile);
}

TEST_P(Statements, CountWhatTheyChanged) {
  for (int i = 0; i < 3; ++i)
    change("insert into notes (id, number) values ($1, $2)", {new_id(), i});
  EXPECT_EQ(change("update notes set number = number + 1 where number > 0"), 2);
  EXPECT_EQ(change("delete from notes where number = 99"), 0);
  EXPECT_EQ(change("delete from notes"), 3);
}

TEST_P(Statements, ReturnRowsFromAnInsert) {
  const auto rows = must(db().write(soon(), [&](Transaction& t) {
    return t.query("insert into notes (id, number) values ($1, $2) returning number",
                   {new_id(), 7});
  }));
  std::int64_t number = 0;
  must(rows.at(0).read(number));
  EXPECT_EQ(number, 7);
}

TEST_P(Statements, FindOneRowOrNone) {
  change("insert into notes (id, number) values ($1, 1)", {new_id()});
  change("insert into notes (id, number) values ($1, 2)", {new_id()});
  const auto one = [&](Sql statement) {
    return db().read(soon(), [&](ReadTransaction& t) { return t.query_one(statement); });
  };
  EXPECT_TRUE(must(one("select id from notes where number = 1")).has_value());
  EXPECT_FALSE(must(one("select id from notes where number = 3")).has_value());
  EXPECT_EQ(one("select id from notes").error().reason(), "sql.result_too_large");
}

TEST_P(Statements, SumIntegersInTheCommonTongue) {
  change("insert into notes (id, number) values ($1, 40)", {new_id()});
  change("insert into notes (id, number) values ($1, 2)", {new_id()});
  std::int64_t sum = 0;
  std::int64_t count = 0;
  must(must(ask("select cast(sum(number) as bigint), count(*) from notes")).at(0).read(sum, count));
  EXPECT_EQ(sum, 42);
  EXPECT_EQ(count, 2);
}

TEST_P(Statements, RefuseValuesThatOneOfTheTwoCannotKeep) {
  const Sql insert = "insert into notes (id, body, real) values ($1, $2, $3)";
  EXPECT_EQ(reason_of(insert, {new_id(), std::string_view("a\0b", 3), 1.0}), "sql.bad_value");
  EXPECT_EQ(reason_of(insert, {new_id(), "\xff\xfe", 1.0}), "sql.bad_value");
  EXPECT_EQ(reason_of(insert, {new_id(), "x", std::numeric_limits<double>::quiet_NaN()}),
            "sql.bad_value");
  EXPECT_EQ(reason_of(insert, {new_id(), "x", std::numeric_limits<double>::infinity()}),
            "sql.bad_value");
}

TEST_P(Statements, BoundTheSizeOfAValue) {
  const Sql insert = "insert into notes (id, body) values ($1, $2)";
  EXPECT_EQ(reason_of(insert, {new_id(), std::string(kValueBytesMax, 'x')}), "");
  EXPECT_EQ(reason_of(insert, {new_id(), std::string(kValueBytesMax + 1, 'x')}),
            "sql.value_too_large");
  const std::vector<std::byte> bytes(kValueBytesMax + 1);
  EXPECT_EQ(reason_of("insert into notes (id, bytes) values ($1, $2)", {new_id(), bytes}),
            "sql.value_too_large");
}

TEST_P(Statements, BoundAnAnswer) {
  for (int i = 0; i < 3; ++i)
    change("insert into notes (id, body) values ($1, $2)", {new_id(), std::string(1'000, 'x')});
  const Sql all = "select body from notes";
  EXPECT_TRUE(ask(all, {}, QueryLimits{.rows_max = 3}));
  EXPECT_EQ(ask(all, {}, QueryLimits{.rows_max = 2}).error().reason(), "sql.result_too_large");
  EXPECT_EQ(ask(all, {}, QueryLimits{.bytes_max = 3'000}).error().reason(), "sql.result_too_large");
  const std::size_t exact = 3 * (1'000 + sizeof(Cell));
  EXPECT_TRUE(ask(all, {}, QueryLimits{.bytes_max = exact}));
  EXPECT_EQ(ask(all, {}, QueryLimits{.bytes_max = exact - 1}).error().reason(),
            "sql.result_too_large");
  EXPECT_TRUE(ask("select 1")) << "the database goes on after an answer was too large";
}

TEST_P(Statements, RefuseAValueOfAnotherType) {
  EXPECT_EQ(reason_of("insert into notes (id, number) values ($1, $2)", {new_id(), "seven"}),
            "sql.type_mismatch");
  EXPECT_EQ(reason_of("insert into notes (id, bytes) values ($1, $2)", {new_id(), "text"}),
            "sql.type_mismatch");
}

TEST_P(Statements, ReadNothingIntoTheWrongType) {
  change("insert into notes (id, number, body) values ($1, $2, $3)",
         {new_id(), std::int64_t{1} << 40, "text"});
  const Rows rows = must(ask("select number, body, bytes, id from notes"));
  const Row& row = rows.at(0);
  std::string text;
  std::int64_t number = 0;
  std::int32_t small = 0;
  std::optional<std::vector<std::byte>> bytes;
  std::vector<std::byte> needed;
  NoteId id;
  must(row.read(number, text, bytes, id));
  EXPECT_EQ(row.read(text, text, bytes, id).error().reason(), "sql.type_mismatch");
  EXPECT_EQ(row.read(small, text, bytes, id).error().reason(), "sql.type_mismatch");
  EXPECT_EQ(row.read(number, id, bytes, id).error().reason(), "sql.type_mismatch");
  EXPECT_EQ(row.read(number, text, needed, id).error().reason(), "sql.null_value");
  EXPECT_EQ(row.read(number, text, bytes).error().reason(), "sql.column_count");
}

TEST_P(Statements, TellConstraintsApart) {
  change(
      Sql("create table owners (name text primary key not null, age integer check (age > 0), "
          "mail text not null unique) strict",
          "create table owners (name text primary key not null, age bigint check (age > 0), "
          "mail text not null unique)"));
  change(Sql("create table pets (owner text references owners (name)) strict",
             "create table pets (owner text references owners (name))"));
  change("insert into owners values ('a', 1, 'm')");
  change("insert into pets values ('a')");
  const Sql insert = "insert into owners values ($1, $2, $3)";
  EXPECT_EQ(reason_of(insert, {"a", 1, "n"}), "sql.unique_violation");
  EXPECT_EQ(reason_of(insert, {"b", 1, "m"}), "sql.unique_violation");
  EXPECT_EQ(reason_of(insert, {"b", 0, "n"}), "sql.check_violation");
  EXPECT_EQ(reason_of(insert, {"b", 1, nullptr}), "sql.not_null_violation");
  EXPECT_EQ(reason_of("insert into pets values ($1)", {"z"}), "sql.foreign_key_violation");
  EXPECT_EQ(reason_of("delete from owners where name = 'a'"), "sql.foreign_key_violation");
}

TEST_P(Statements, KeepValuesOutOfErrors) {
  change("insert into notes (id, body) values ($1, 'x')", {new_id()});
  change("create unique index bodies on notes (body)");
  const auto result = db().write(soon(), [&](Transaction& t) {
    return t.execute("insert into notes (id, body) values ($1, $2)", {new_id(), "x"});
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().describe().find("(x)"), std::string::npos) << result.error().describe();
}

TEST_P(Statements, SayWhichStatementDoesNotFit) {
  EXPECT_EQ(reason_of("select * from nowhere"), "sql.bad_statement");
  EXPECT_EQ(reason_of("selec 1"), "sql.bad_statement");
  EXPECT_EQ(reason_of("select * from notes where id = $1"), "sql.bad_statement");
  EXPECT_EQ(reason_of("select 1", {1}), "sql.bad_statement");
}

TEST_P(Statements, AreKeptPreparedWithinBounds) {
  // More different texts than either cache holds, twice; the literals are made by the compiler.
  const std::vector<Sql> all = numbered_statements(std::make_index_sequence<300>());
  for (int round = 0; round < 2; ++round) {
    must(db().read(soon(), [&](ReadTransaction& t) -> Result<> {
      for (std::size_t i = 0; i < all.size(); ++i) {
        SOTTO_ASSIGN(const Rows rows, t.query(all[i]));
        std::int64_t number = 0;
        SOTTO_TRY(rows.at(0).read(number));
        EXPECT_EQ(number, static_cast<std::int64_t>(i));
      }
      return {};
    }));
  }
}

}  // namespace
}  // namespace sotto::sql
