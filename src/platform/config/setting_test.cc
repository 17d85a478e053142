#include "platform/config/setting.h"

#include <gtest/gtest.h>

#include "platform/config/testing/sample_table.h"

namespace sotto::config {
namespace {

TEST(Settings, HaveNamesInTheEnvironment) {
  EXPECT_EQ(environment_name(*find_setting(sample_table(), "rates.login_per_minute")),
            "SOTTO_RATES_LOGIN_PER_MINUTE");
  EXPECT_EQ(find_setting(sample_table(), "server"), nullptr);
}

TEST(Settings, AreWrittenAsInAFile) {
  EXPECT_EQ(to_toml(Value(true)), "true");
  EXPECT_EQ(to_toml(Value(std::int64_t{-3})), "-3");
  EXPECT_EQ(to_toml(Value(2.0)), "2.0");
  EXPECT_EQ(to_toml(Value(0.25)), "0.25");
  EXPECT_EQ(to_toml(Value(std::string("a\"b\\c\n"))), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(to_toml(Value(std::vector<std::string>{"a", "b"})), "[\"a\", \"b\"]");
}

TEST(Settings, NeverShowSecrets) {
  EXPECT_EQ(to_toml(Value(Secret("hush"))), "\"***\"");
  EXPECT_EQ(to_toml(Value(Secret())), "\"\"");
}

TEST(Settings, CompareByKindAndValue) {
  EXPECT_TRUE(same_value(Value(Secret("a")), copy_of(Value(Secret("a")))));
  EXPECT_FALSE(same_value(Value(Secret("a")), Value(Secret("b"))));
  EXPECT_FALSE(same_value(Value(1.0), Value(std::int64_t{1})));
  EXPECT_TRUE(same_value(Value(std::string("a")), copy_of(Value(std::string("a")))));
}

}  // namespace
}  // namespace sotto::config
