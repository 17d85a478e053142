#include "platform/config/internal/toml_file.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::config::internal {
namespace {

std::string refused(const std::string& text) {
  const auto result = parse_toml(text);
  const auto* error = std::get_if<TomlError>(&result);
  return error == nullptr ? "taken" : std::to_string(error->line) + ' ' + error->message;
}

std::string repeated(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(TomlFile, FlattensTablesInTheOrderOfLines) {
  const auto result = parse_toml("[z]\nb = 1\na.c = 2\n[y]\n[x]\nd = {e = 3}\n");
  const auto& entries = std::get<std::vector<FileEntry>>(result);
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].name, "z.b");
  EXPECT_EQ(entries[0].line, 2U);
  EXPECT_EQ(entries[1].name, "z.a.c");
  EXPECT_EQ(entries[2].name, "y");
  EXPECT_TRUE(entries[2].is_empty_table);
  EXPECT_EQ(entries[2].line, 4U);
  EXPECT_EQ(entries[3].name, "x.d.e");
}

TEST(TomlFile, TakesNamesOfEightParts) {
  EXPECT_EQ(refused("a" + repeated(".a", 7) + " = 1\n"), "taken");
  EXPECT_EQ(refused("a" + repeated(".a", 8) + " = 1\n"), "1 A name has more than 8 parts.");
  EXPECT_EQ(refused("x = 1\n[a" + repeated(" . \"a\"", 8) + "]\n"),
            "2 A name has more than 8 parts.");
  EXPECT_EQ(refused("x = '" + repeated("a.", 99) + "' # " + repeated("a.", 99) + "\n"), "taken");
  EXPECT_EQ(refused("x = [1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1]\n"), "taken");
}

TEST(TomlFile, RefusesTextsOfSeveralLines) {
  EXPECT_EQ(refused("x = \"\"\"a\"\"\"\n"), "1 A text of several lines is not taken.");
  EXPECT_EQ(refused("\nx = '''a\n'''\n"), "2 A text of several lines is not taken.");
  EXPECT_EQ(refused("x = \"a'''b\" # \"\"\"\ny = \"\"\n"), "taken");
}

TEST(TomlFile, BoundsHowDeepValuesNest) {
  EXPECT_EQ(refused("x = " + repeated("[", 15) + repeated("]", 15) + "\n"), "taken");
  EXPECT_NE(refused("x = " + repeated("[", 17) + repeated("]", 17) + "\n"), "taken");
  EXPECT_NE(refused("x = " + repeated("[", 100'000)), "taken");
  EXPECT_NE(refused("x = " + repeated("{a=", 100'000)), "taken");
}

TEST(TomlFile, RefusesStrangeCharactersInTheirLine) {
  for (const char* text : {"x = 1\n[~a]\n", "x = 1\n[=]\n", "x = 1\ny = {~ = 1}\n",
                           "x = 1\na.~ = 1\n", "x = 1\n~ = 1\n", "x = 1\n[[~]]\n"})
    EXPECT_EQ(refused(text).substr(0, 2), "2 ") << text;
}

TEST(TomlFile, TakesLettersBeyondAsciiInQuotesAndComments) {
  EXPECT_EQ(refused("x = \"\xef\xbb\xb7\" # \xef\xbb\xb7\n"), "taken");
  EXPECT_EQ(refused("y = 1\nx \xef\xbb\xb7= 1\n"), "2 Letters beyond ASCII belong into quotes.");
}

TEST(TomlFile, TakesAMarkAtTheFront) { EXPECT_EQ(refused("\xef\xbb\xbfx = 1\n"), "taken"); }

}  // namespace
}  // namespace sotto::config::internal
