#include "app/paths.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is not in <cstdlib>.

namespace sotto::app {
namespace {

class DefaultModelsFolder : public testing::Test {
 protected:
  DefaultModelsFolder() {
    ::unsetenv("XDG_DATA_HOME");
    ::setenv("HOME", "/home/ada", 1);
  }
};

TEST_F(DefaultModelsFolder, FollowsTheDataFolder) {
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(default_models_folder().value(), "/data/sotto/models");
}

TEST_F(DefaultModelsFolder, FallsBackToTheHomeFolder) {
  EXPECT_EQ(default_models_folder().value(), "/home/ada/.local/share/sotto/models");
}

TEST_F(DefaultModelsFolder, IgnoresRelativePaths) {
  ::setenv("XDG_DATA_HOME", "data", 1);
  EXPECT_EQ(default_models_folder().value(), "/home/ada/.local/share/sotto/models");
}

TEST_F(DefaultModelsFolder, AsksWhereNothingIsSet) {
  ::unsetenv("HOME");
  EXPECT_EQ(default_models_folder().error().reason(), "app.no_home");
}

TEST(MediaHelperProgram, StandsBesideThisProgram) {
  EXPECT_EQ(media_helper_program().value().filename(), "sotto-media");
}

}  // namespace
}  // namespace sotto::app
