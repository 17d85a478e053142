#include "app/storage.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "platform/crypto/master_key_file.h"
#include "platform/runtime/testing/temp_dir.h"
#include "platform/runtime/unique_fd.h"
#include "platform/sql/testing/each_database.h"

namespace sotto::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// On each database: the key belongs to the data, wherever that is.
class Storages : public testing::TestWithParam<sql::Dialect> {
 protected:
  Storages() : log_(null_.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock_) {}

  void SetUp() override {
    if (GetParam() == sql::Dialect::kSqlite) return;
    if (!sql::has_postgresql()) GTEST_SKIP() << "SOTTO_TEST_POSTGRESQL is not set";
    place_ = sql::DatabasePlace::postgresql();
  }

  StorageOptions options() const {
    return {.data = folder_.path(), .database_url = place_ ? place_->location() : std::string()};
  }
  Result<std::unique_ptr<Storage>> open() { return open(options()); }
  Result<std::unique_ptr<Storage>> open(const StorageOptions& options) {
    return Storage::open(CallContext::with_timeout(std::chrono::minutes(1)), options, log_);
  }
  /// The reason why it does not open.
  std::string refused() { return refused(options()); }
  std::string refused(const StorageOptions& options) {
    const auto storage = open(options);
    return storage ? "opened" : storage.error().reason();
  }
  fs::path key_file() const { return folder_.path() / Storage::kKeyFile; }

  SystemClock clock_;
  SystemRandom random_;
  runtime::UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  obs::Log log_;
  runtime::TempDir folder_;
  std::unique_ptr<sql::DatabasePlace> place_;
};

TEST_P(Storages, MakeTheirKeyOnceAndKeepIt) {
  std::string check;
  {
    const auto storage = open();
    ASSERT_TRUE(storage) << storage.error().describe();
    EXPECT_TRUE((*storage)->is_available());
    check = (*storage)->keys().check_value();
  }
  EXPECT_EQ(fs::status(key_file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto again = open();
  ASSERT_TRUE(again) << again.error().describe();
  EXPECT_TRUE((*again)->keys().verify_check_value(check));
}

TEST_P(Storages, RefuseAKeyThatTheDataWasNotSealedWith) {
  ASSERT_TRUE(open());
  fs::remove(key_file());
  ASSERT_TRUE(
      crypto::open_master_key_file(key_file(), crypto::EncryptedData::kNone, random_).has_value());
  EXPECT_EQ(refused(), "crypto.master_key_wrong");
  StorageOptions with_secret = options();
  with_secret.master_key = Secret(std::string(64, 'a'));
  EXPECT_EQ(refused(with_secret), "crypto.master_key_wrong");
}

TEST_P(Storages, RefuseToMakeANewKeyForOldData) {
  ASSERT_TRUE(open());
  fs::remove(key_file());
  EXPECT_EQ(refused(), "crypto.master_key_missing");
  EXPECT_FALSE(fs::exists(key_file()));
}

TEST_P(Storages, RefuseAKeyThatOthersCanRead) {
  ASSERT_TRUE(open());
  fs::permissions(key_file(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(refused(), "crypto.master_key_exposed");
}

TEST_P(Storages, TakeTheKeyOfASecretInsteadOfAFile) {
  StorageOptions with_secret = options();
  with_secret.master_key = Secret(std::string(64, '7'));
  ASSERT_TRUE(open(with_secret));
  EXPECT_FALSE(fs::exists(key_file()));
  ASSERT_TRUE(open(with_secret));
  EXPECT_EQ(refused(), "crypto.master_key_missing");
}

TEST_P(Storages, FollowARotationOfTheKey) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(crypto::rotate_master_key_file(key_file(), random_).has_value());
  ASSERT_TRUE(open());  // From now on the new key is the one that is known.
  ASSERT_TRUE(crypto::prune_master_key_file(key_file()).has_value());
  EXPECT_EQ(refused(), "opened");
}

TEST_P(Storages, OfTwoFirstStartsAtOnceOneKeyCounts) {
  const runtime::TempDir other_folder;
  StorageOptions other = options();
  if (GetParam() == sql::Dialect::kSqlite)
    other.database_url = (folder_.path() / Storage::kDatabaseFile).string();
  other.data = other_folder.path();
  Result<std::unique_ptr<Storage>> first = Error(ErrorCode::kInternal, "base.bug", "not begun");
  Result<std::unique_ptr<Storage>> second = Error(ErrorCode::kInternal, "base.bug", "not begun");
  {
    const std::jthread one([&] { first = open(); });
    const std::jthread two([&] { second = open(other); });
  }
  ASSERT_NE(first.has_value(), second.has_value());
  const Error& refused = first ? second.error() : first.error();
  EXPECT_THAT(refused.reason(), testing::AnyOf("crypto.master_key_wrong",  // Came a moment later.
                                               "crypto.master_key_missing"));
}

TEST(LostDatabases, StopTheStart) {
  const SystemClock clock;
  SystemRandom random;
  const runtime::UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  obs::Log log(null.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock);
  const runtime::TempDir folder;
  ASSERT_TRUE(crypto::open_master_key_file(folder.path() / Storage::kKeyFile,
                                           crypto::EncryptedData::kNone, random)
                  .has_value());
  const auto storage = Storage::open(CallContext::with_timeout(std::chrono::minutes(1)),
                                     {.data = folder.path()}, log);
  ASSERT_FALSE(storage);
  EXPECT_EQ(storage.error().reason(), "app.database_missing");
}

TEST_P(Storages, CanBeExamined) {
  ASSERT_TRUE(open());
  const auto context = CallContext::with_timeout(std::chrono::minutes(1));
  const auto report = examine_storage(context, options());
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_THAT(report->engine, HasSubstr("SQL"));
  EXPECT_TRUE(report->problems.empty());
  fs::remove(key_file());
  EXPECT_FALSE(examine_storage(context, options()));
}

std::string name_of(const testing::TestParamInfo<sql::Dialect>& chosen) {
  return chosen.param == sql::Dialect::kSqlite ? "Sqlite" : "Postgresql";
}

INSTANTIATE_TEST_SUITE_P(On, Storages,
                         testing::Values(sql::Dialect::kSqlite, sql::Dialect::kPostgresql),
                         name_of);

}  // namespace
}  // namespace sotto::app
