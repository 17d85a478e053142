#include "speech/models/store.h"

#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

using namespace std::chrono_literals;
using runtime::TempDir;
using ::testing::HasSubstr;

CallContext soon() { return CallContext::with_timeout(1min); }

/// A store with an installed model of two files.
struct Installed {
  Installed() {
    put_file(folder / "m/encoder", "ENCODER");
    put_file(folder / "m/decoder", "DECODER!");
  }

  TempDir folder;
  Catalogue catalogue = test_catalogue(
      {manifest_json("m", {{"encoder", "ENCODER", {url_source("https://e.org/e")}},
                           {"decoder", "DECODER!", {url_source("https://e.org/d")}}})});
  const Model& model = *catalogue.find("m").value();
  Store store{folder.path()};
};

TEST(Store, GivesPathsOfAnInstalledModel) {
  const Installed at;
  EXPECT_EQ(at.store.state(at.model), ModelState::kInstalled);
  const ModelFiles files = at.store.require(soon(), at.model).value();
  EXPECT_EQ(files.folder(), at.folder / "m");
  EXPECT_EQ(files.path("decoder").value(), at.folder / "m/decoder");
  EXPECT_EQ(files.path("joiner").error().reason(), "models.file_unlisted");
}

TEST(Store, FollowsLinksToFilesElsewhere) {
  const Installed at;
  std::filesystem::rename(at.folder / "m", at.folder / "elsewhere");
  std::filesystem::create_symlink(at.folder / "elsewhere", at.folder / "m");
  EXPECT_TRUE(at.store.require(soon(), at.model));
}

TEST(Store, TellsHowToInstallWhatIsAbsent) {
  const Installed at;
  const Store empty(at.folder / "nothing/yet");
  EXPECT_EQ(empty.state(at.model), ModelState::kAbsent);
  const auto required = empty.require(soon(), at.model);
  EXPECT_EQ(required.error().reason(), "models.not_installed");
  EXPECT_THAT(required.error().message(), HasSubstr("`sotto models pull m`"));
  EXPECT_FALSE(std::filesystem::exists(at.folder / "nothing")) << "asking makes no folder";
}

TEST(Store, NamesAMissingFile) {
  const Installed at;
  std::filesystem::remove(at.folder / "m/decoder");
  EXPECT_EQ(at.store.state(at.model), ModelState::kPartial);
  const auto required = at.store.require(soon(), at.model);
  EXPECT_EQ(required.error().reason(), "models.file_missing");
  EXPECT_THAT(required.error().message(), HasSubstr("decoder"));
}

TEST(Store, NamesAFileThatIsShort) {
  const Installed at;
  std::filesystem::resize_file(at.folder / "m/decoder", 3);
  EXPECT_EQ(at.store.state(at.model), ModelState::kPartial);
  const auto required = at.store.require(soon(), at.model);
  EXPECT_EQ(required.error().reason(), "models.file_damaged");
  EXPECT_THAT(required.error().message(), HasSubstr("decoder of the model m is damaged: it has a"));
}

TEST(Store, NamesAFileWithOneByteChangedThoughItsTimesAreOld) {
  const Installed at;
  struct stat before {};
  ASSERT_EQ(::stat((at.folder / "m/encoder").c_str(), &before), 0);
  {
    std::fstream file(at.folder / "m/encoder", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3).put('0');
  }
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, (at.folder / "m/encoder").c_str(), times, 0), 0);
  EXPECT_EQ(at.store.state(at.model), ModelState::kInstalled) << "the quick look reads nothing";
  const auto required = at.store.require(soon(), at.model);
  EXPECT_EQ(required.error().reason(), "models.file_damaged");
  EXPECT_THAT(required.error().message(), HasSubstr("encoder of the model m is damaged: its SHA"));
}

TEST(Store, VerifiesEveryFile) {
  const Installed at;
  put_file(at.folder / "m/encoder", "encoder");
  std::filesystem::remove(at.folder / "m/decoder");
  const auto checks = at.store.verify(soon(), at.model).value();
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(to_string(checks[0].state), "damaged");
  EXPECT_EQ(to_string(checks[1].state), "missing");
}

TEST(Store, VerifyingEndsWithItsContext) {
  const Installed at;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(at.store.verify(soon().with_stop(stop.get_token()), at.model).error().code(),
            ErrorCode::kCancelled);
}

TEST(Store, RemovesAModelWithItsLeftovers) {
  const Installed at;
  put_file(at.folder / "m/.encoder.Ab12Cd.part", "half");
  put_file(at.folder / "m/.pull/0/package.tgz", "half");
  EXPECT_TRUE(at.store.remove(soon(), at.model).value());
  EXPECT_FALSE(std::filesystem::exists(at.folder / "m"));
  EXPECT_FALSE(at.store.remove(soon(), at.model).value());
}

TEST(Store, RemovesNothingThatIsNotTheModels) {
  const Installed at;
  put_file(at.folder / "m/notes.txt", "mine");
  EXPECT_TRUE(at.store.remove(soon(), at.model).value());
  EXPECT_EQ(file_text(at.folder / "m/notes.txt"), "mine");
}

}  // namespace
}  // namespace sotto::models
