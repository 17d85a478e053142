#include "platform/config/loader.h"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/config/testing/sample_table.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Loaded load_file(std::string text, bool others_can_read = false) {
  return load(sample_table(),
              {.file = SettingsFile{
                   .name = "a.toml", .text = std::move(text), .others_can_read = others_can_read}});
}

Loaded load_environment(std::vector<std::string> variables) {
  return load(sample_table(), {.environment = std::move(variables)});
}

/// "reason message" of each problem.
std::vector<std::string> told(const Loaded& loaded) {
  std::vector<std::string> result;
  for (const Error& problem : loaded.problems)
    result.push_back(problem.reason() + ' ' + problem.message());
  return result;
}

TEST(Loader, GivesDefaultsWhereNothingIsSaid) {
  const Loaded loaded = load(sample_table(), {});
  EXPECT_THAT(told(loaded), IsEmpty());
  EXPECT_THAT(loaded.values.texts("server.listen"), ElementsAre("/one", "/two"));
  EXPECT_EQ(loaded.values.integer("server.threads_max"), 8);
  EXPECT_EQ(loaded.values.number("rates.login_per_minute"), 1.5);
  EXPECT_EQ(loaded.values.choice_index("mode"), 1U);
  EXPECT_EQ(loaded.values.entry("mode").source.place, "default");
}

TEST(Loader, ReadsEveryKindFromAFile) {
  const Loaded loaded = load_file(R"(mode = "debug"
[server]
listen = ["/a", '/b']
plain_http = true
threads_max = 6_4
public_name = "ä \"b\""
[rates]
login_per_minute = 2
)");
  EXPECT_THAT(told(loaded), IsEmpty());
  EXPECT_EQ(loaded.values.text("mode"), "debug");
  EXPECT_THAT(loaded.values.texts("server.listen"), ElementsAre("/a", "/b"));
  EXPECT_TRUE(loaded.values.flag("server.plain_http"));
  EXPECT_EQ(loaded.values.integer("server.threads_max"), 64);
  EXPECT_EQ(loaded.values.text("server.public_name"), "ä \"b\"");
  EXPECT_EQ(loaded.values.number("rates.login_per_minute"), 2.0);
  EXPECT_EQ(loaded.values.entry("server.threads_max").source.place, "a.toml:5");
}

TEST(Loader, LetsTheLaterSourceWin) {
  Inputs inputs{.file = SettingsFile{.name = "a.toml", .text = "[server]\nthreads_max = 2\n"}};
  EXPECT_EQ(load(sample_table(), inputs).values.integer("server.threads_max"), 2);
  inputs.environment = {"HOME=/home/x", "SOTTO_SERVER_THREADS_MAX=3"};
  EXPECT_EQ(load(sample_table(), inputs).values.integer("server.threads_max"), 3);
  inputs.flags = {{"--threads", "server.threads_max", "4"}};
  const Loaded loaded = load(sample_table(), inputs);
  EXPECT_EQ(loaded.values.integer("server.threads_max"), 4);
  EXPECT_EQ(loaded.values.entry("server.threads_max").source.place, "--threads");
  EXPECT_EQ(loaded.values.entry("server.threads_max").source.origin, Source::Origin::kFlag);
}

struct Refusal {
  const char* name;
  const char* text;
  const char* told;
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class LoaderRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(LoaderRefuses, WithThePlaceAndWhatWouldBeRight) {
  EXPECT_THAT(told(load_file(GetParam().text)), ElementsAre(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Files, LoaderRefuses,
    testing::Values(
        Refusal{"unknown", "\n[server]\nlisten = []\nthreads_mux = 1\n",
                "config.unknown_setting a.toml:4: Unknown setting \"server.threads_mux\"; did you "
                "mean \"server.threads_max\"?"},
        Refusal{"far_off", "zzzzzzzz = 1\n",
                "config.unknown_setting a.toml:1: Unknown setting \"zzzzzzzz\"."},
        Refusal{"area", "[servr]\n",
                "config.unknown_setting a.toml:1: Unknown setting \"servr\"; did you mean "
                "\"server\"?"},
        Refusal{"area_of_value", "[servr]\nplain_http = true\n",
                "config.unknown_setting a.toml:2: Unknown setting \"servr.plain_http\"; did you "
                "mean \"server.plain_http\"?"},
        Refusal{"area_as_value", "server = 1\n",
                "config.wrong_type a.toml:1: server must be a table: [server]."},
        Refusal{"text_for_flag", "[server]\nplain_http = \"yes\"\n",
                "config.wrong_type a.toml:2: server.plain_http must be true or false, not a text."},
        Refusal{"number_for_text", "mode = 1\n",
                "config.wrong_type a.toml:1: mode must be a text in quotes, not a whole number."},
        Refusal{"fraction", "server.threads_max = 1.5\n",
                "config.wrong_type a.toml:1: server.threads_max must be a whole number from 1 to "
                "64, not a number with a fraction."},
        Refusal{"text_for_list", "server.listen = \"/a\"\n",
                "config.wrong_type a.toml:1: server.listen must be a list of texts such as "
                "[\"one\", \"two\"], not a text."},
        Refusal{"list_for_number", "server.threads_max = [1]\n",
                "config.wrong_type a.toml:1: server.threads_max must be a whole number from 1 to "
                "64, not a list."},
        Refusal{"list_with_number", "server.listen = [\"/a\", 1]\n",
                "config.wrong_type a.toml:1: server.listen must be a list of texts such as "
                "[\"one\", \"two\"], not one with a whole number in it."},
        Refusal{"date", "mode = 2026-01-01\n",
                "config.wrong_type a.toml:1: mode must be a text in quotes, not a date or time."},
        Refusal{"below", "server.threads_max = 0\n",
                "config.out_of_bounds a.toml:1: server.threads_max must be a whole number from 1 "
                "to 64, not \"0\"."},
        Refusal{"above", "server.threads_max = 65\n",
                "config.out_of_bounds a.toml:1: server.threads_max must be a whole number from 1 "
                "to 64, not \"65\"."},
        Refusal{"number_below", "rates.login_per_minute = 0.25\n",
                "config.out_of_bounds a.toml:1: rates.login_per_minute must be a number from 0.5 "
                "to 1000000000000, not \"0.25\"."},
        Refusal{"not_a_number", "rates.login_per_minute = nan\n",
                "config.out_of_bounds a.toml:1: rates.login_per_minute must be a number from 0.5 "
                "to 1000000000000, not \"nan\"."},
        Refusal{"choice", "mode = \"debog\"\n",
                "config.bad_value a.toml:1: mode must be debug, info or warning, not \"debog\"; "
                "did you mean \"debug\"?"},
        Refusal{"checked", "server.listen = [\"/a\", \"b\"]\n",
                "config.bad_value a.toml:1: server.listen must begin with a slash, not \"b\"."},
        Refusal{"empty_entry", "server.listen = [\"\"]\n",
                "config.bad_value a.toml:1: server.listen must have no empty entry, not \"\"."},
        Refusal{"control", "server.public_name = \"a\\u0000b\"\n",
                "config.bad_value a.toml:1: server.public_name must be UTF-8 without control "
                "characters, not \"ab\"."},
        Refusal{"twice_in_two_forms", "server.plain_http = true\n\"server.plain_http\" = false\n",
                "config.duplicate_setting a.toml:2: server.plain_http stands in line 1 already."},
        Refusal{"not_utf8", "mode = \"info\"\n# \xff\n",
                "config.bad_syntax a.toml:2: The line is not UTF-8."}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Loader, SaysWhereTheSyntaxBreaks) {
  const auto broken = told(load_file("mode = \"info\"\n[server\n"));
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_THAT(broken.front(), HasSubstr("config.bad_syntax a.toml:2: "));
  const auto twice = told(load_file("mode = \"info\"\nmode = \"debug\"\n"));
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_THAT(twice.front(), HasSubstr("config.duplicate_setting a.toml:2: "));
}

TEST(Loader, TellsEveryProblemAtOnce) {
  Inputs inputs{.file = SettingsFile{.name = "a.toml", .text = "x = 1\nmode = 2\n"}};
  inputs.environment = {"SOTTO_MODE=loud", "SOTTO_SERVER_THREADS=1"};
  inputs.flags = {{"--mode", "mode", "info"}, {"--mode", "mode", "debug"}};
  EXPECT_THAT(told(load(sample_table(), inputs)),
              ElementsAre(HasSubstr("a.toml:1"), HasSubstr("a.toml:2"), HasSubstr("SOTTO_MODE: "),
                          HasSubstr("SOTTO_SERVER_THREADS"), HasSubstr("--mode: ")));
}

TEST(Loader, BoundsHowManyProblemsItTells) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += 'x' + std::to_string(i) + " = 1\n";
  EXPECT_EQ(load_file(text).problems.size(), 100U);
}

TEST(Loader, ReadsTheEnvironment) {
  const Loaded loaded = load_environment({"SOTTO_SERVER_LISTEN= /a , /b", "SOTTO_MODE=debug",
                                          "SOTTO_SERVER_PLAIN_HTTP=true", "PATH=/bin", "nothing"});
  EXPECT_THAT(told(loaded), IsEmpty());
  EXPECT_THAT(loaded.values.texts("server.listen"), ElementsAre("/a", "/b"));
  EXPECT_TRUE(loaded.values.flag("server.plain_http"));
  EXPECT_EQ(loaded.values.entry("mode").source.place, "SOTTO_MODE");
  EXPECT_THAT(load_environment({"SOTTO_SERVER_LISTEN="}).values.texts("server.listen"), IsEmpty());
}

TEST(Loader, RefusesUnknownVariables) {
  EXPECT_THAT(told(load_environment({"SOTTO_SERVER_LISTENS=/a"})),
              ElementsAre("config.unknown_setting Environment: Unknown setting "
                          "\"SOTTO_SERVER_LISTENS\"; did you mean \"SOTTO_SERVER_LISTEN\"?"));
  EXPECT_THAT(told(load_environment({"SOTTO_MODE_FILE=/a"})),
              ElementsAre(HasSubstr("config.unknown_setting")));  // No secret.
  EXPECT_THAT(told(load_environment({"SOTTO_SERVER_THREADS_MAX=9x", "SOTTO_MODE="})),
              ElementsAre("config.wrong_type SOTTO_SERVER_THREADS_MAX: server.threads_max must be "
                          "a whole number from 1 to 64, not \"9x\".",
                          HasSubstr("config.bad_value SOTTO_MODE: ")));
  EXPECT_THAT(told(load_environment({"SOTTO_SERVER_THREADS_MAX=99999999999999999999"})),
              ElementsAre(HasSubstr("config.out_of_bounds")));
}

TEST(Loader, LeavesForeignVariablesAlone) {
  constexpr std::string_view kForeign[] = {"SOTTO_MODELS"};
  EXPECT_THAT(told(load(sample_table(),
                        {.environment = {"SOTTO_MODELS=/m"}, .foreign_variables = kForeign})),
              IsEmpty());
}

TEST(Loader, JoinsTheFlagsOfAList) {
  const Loaded loaded = load(sample_table(), {.flags = {{"--listen", "server.listen", "/a"},
                                                        {"--listen", "server.listen", "/b,/c"}}});
  EXPECT_THAT(told(loaded), IsEmpty());
  EXPECT_THAT(loaded.values.texts("server.listen"), ElementsAre("/a", "/b", "/c"));
}

class Secrets : public testing::Test {
 protected:
  /// A file with that text and mode.
  std::string file(const std::string& text, mode_t mode) {
    const std::string path = folder_ / "secret";
    std::ofstream(path, std::ios::binary) << text;
    SOTTO_CHECK(::chmod(path.c_str(), mode) == 0);
    return path;
  }

  runtime::TempDir folder_;
};

TEST_F(Secrets, ComeFromFilesOfTheirOwn) {
  for (const mode_t mode : {0400U, 0600U, 0640U}) {
    const Loaded loaded =
        load_environment({"SOTTO_DATABASE_URL_FILE=" + file("postgres://x\n", mode)});
    EXPECT_THAT(told(loaded), IsEmpty());
    EXPECT_EQ(loaded.values.secret("database.url").reveal(), "postgres://x");
  }
}

TEST_F(Secrets, LoseOneLineFeedAlone) {
  const auto read = [this](const std::string& text) {
    const Loaded loaded = load_environment({"SOTTO_DATABASE_URL_FILE=" + file(text, 0600)});
    return std::string(loaded.values.secret("database.url").reveal());
  };
  EXPECT_EQ(read("a"), "a");
  EXPECT_EQ(read("a\r\n"), "a");
  EXPECT_EQ(read(" a \n"), " a ");
}

TEST_F(Secrets, AreRefusedWhereOthersCanReadThem) {
  for (const mode_t mode : {0604U, 0644U, 0620U, 0602U, 0601U})
    EXPECT_THAT(told(load_environment({"SOTTO_DATABASE_URL_FILE=" + file("pass\n", mode)})),
                ElementsAre(testing::AllOf(HasSubstr("config.secret_exposed"),
                                           HasSubstr("chmod 600"), Not(HasSubstr("pass")))));
  EXPECT_THAT(told(load_file("[database]\nurl = \"pass\"\n", true)),
              ElementsAre(testing::AllOf(HasSubstr("config.secret_exposed a.toml:2"),
                                         Not(HasSubstr("pass")))));
}

TEST_F(Secrets, MayStandInAFileThatNobodyElseReads) {
  const Loaded loaded = load_file("[database]\nurl = \"pass\"\n");
  EXPECT_THAT(told(loaded), IsEmpty());
  EXPECT_EQ(loaded.values.secret("database.url").reveal(), "pass");
}

TEST_F(Secrets, NeverComeFromTheCommandLine) {
  EXPECT_THAT(
      told(load(sample_table(), {.flags = {{"--database.url", "database.url", "pass"}}})),
      ElementsAre(testing::AllOf(HasSubstr("config.secret_on_command_line"),
                                 HasSubstr("SOTTO_DATABASE_URL_FILE"), Not(HasSubstr("pass")))));
}

TEST_F(Secrets, AreNotShownWhereTheyAreWrong) {
  EXPECT_THAT(told(load_environment({"SOTTO_DATABASE_URL=pa\nss"})),
              ElementsAre(testing::AllOf(HasSubstr("config.bad_value"), Not(HasSubstr("pa")))));
  EXPECT_THAT(told(load_file("[database]\nurl = 4711\n")), ElementsAre(Not(HasSubstr("4711"))));
}

TEST_F(Secrets, AreSetOnce) {
  EXPECT_THAT(
      told(
          load_environment({"SOTTO_DATABASE_URL=a", "SOTTO_DATABASE_URL_FILE=" + file("b", 0600)})),
      ElementsAre("config.duplicate_setting SOTTO_DATABASE_URL_FILE: database.url is set by "
                  "SOTTO_DATABASE_URL already."));
}

TEST_F(Secrets, HaveABoundAndMustBeFiles) {
  EXPECT_THAT(told(load_environment({"SOTTO_DATABASE_URL_FILE=" +
                                     file(std::string(kSecretBytesMax + 1, 'a'), 0600)})),
              ElementsAre(HasSubstr("runtime.file_too_large SOTTO_DATABASE_URL_FILE: ")));
  EXPECT_THAT(told(load_environment({"SOTTO_DATABASE_URL_FILE=" + (folder_ / "no").string()})),
              ElementsAre(HasSubstr("runtime.not_found")));
  EXPECT_THAT(told(load_environment({"SOTTO_DATABASE_URL_FILE=" + folder_.path().string()})),
              ElementsAre(HasSubstr("runtime.is_a_folder")));
}

TEST(Loader, BoundsTextsAndLists) {
  const auto name = [](std::size_t size) {
    return load_file("server.public_name = \"" + std::string(size, 'a') + "\"\n");
  };
  EXPECT_THAT(told(name(4096)), IsEmpty());
  EXPECT_THAT(told(name(4097)), ElementsAre(HasSubstr("config.bad_value a.toml:1")));
  const auto list = [](int count) {
    std::string text = "server.listen = [";
    for (int i = 0; i < count; ++i) text += "\"/\",\n";
    return load_file(text + "]\n");
  };
  EXPECT_THAT(told(list(1024)), IsEmpty());
  EXPECT_THAT(told(list(1025)), ElementsAre(HasSubstr("config.out_of_bounds a.toml:1")));
}

}  // namespace
}  // namespace sotto::config
