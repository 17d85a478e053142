#include "platform/config/values.h"

#include <gtest/gtest.h>

#include "platform/config/testing/sample_table.h"

namespace sotto::config {
namespace {

TEST(ValuesDeathTest, KnowTheirNamesAndKinds) {
  Values values(sample_table());
  EXPECT_DEATH(static_cast<void>(values.flag("server.nothing")), "check failed");
  EXPECT_DEATH(static_cast<void>(values.flag("mode")), "check failed");
  EXPECT_DEATH(values.set("mode", Value(true), {}), "check failed");
}

TEST(ValuesDeathTest, RefuseATableWithAWrongDefault) {
  static constexpr Setting kTable[] = {
      {.name = "a.b", .kind = Kind::kInteger, .fallback = "9", .least = 0, .most = 8}};
  EXPECT_DEATH(Values{kTable}, "check failed");
}

TEST(Values, KeepWhatWasSetAndItsSource) {
  Values values(sample_table());
  values.set("server.threads_max", Value(std::int64_t{5}),
             {.origin = Source::Origin::kFlag, .place = "--x"});
  EXPECT_EQ(values.integer("server.threads_max"), 5);
  EXPECT_EQ(values.entry("server.threads_max").source.place, "--x");
}

}  // namespace
}  // namespace sotto::config
