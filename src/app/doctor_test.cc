#include "app/doctor.h"

#include <algorithm>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/internal/doctor_checks.h"
#include "app/service.h"
#include "base/testing/fake_clock.h"
#include "platform/runtime/testing/temp_dir.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::app {
namespace {

using testing::HasSubstr;
using State = Finding::State;

CallContext soon() { return CallContext::with_timeout(std::chrono::seconds(30)); }

const Finding& find(const std::vector<Finding>& findings, std::string_view check) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [check](const Finding& one) { return one.check == check; });
  SOTTO_CHECK(found != findings.end());
  return *found;
}

class DataFolderCheck : public testing::Test {
 protected:
  Finding look(const std::filesystem::path& folder) {
    std::vector<Finding> findings;
    internal::check_data_folder(folder, findings);
    return find(findings, "data folder");
  }

  runtime::TempDir folder_;
};

TEST_F(DataFolderCheck, SaysWhoCanLookIntoIt) {
  EXPECT_EQ(look(folder_.path()).state, State::kOk);
  SOTTO_CHECK(::chmod(folder_.path().c_str(), 0750) == 0);
  EXPECT_EQ(look(folder_.path()).state, State::kWarn);
  EXPECT_THAT(look(folder_.path()).advice, HasSubstr("chmod 700"));
  EXPECT_EQ(look(folder_ / "new/er").state, State::kOk);
}

TEST_F(DataFolderCheck, RefusesAFile) {
  const runtime::UniqueFd file(
      ::open((folder_ / "x").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(file);
  EXPECT_EQ(look(folder_ / "x").state, State::kFail);
  EXPECT_EQ(look(folder_ / "x/y").state, State::kFail);
}

TEST(AddressCheck, TellsFreeFromTaken) {
  const SystemClock clock;
  const runtime::TempDir folder;
  const runtime::UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  obs::Log log(null.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock);
  const auto service =
      Service::start(soon(), {.data = folder / "data", .listen = {{.address = "127.0.0.1"}}},
                     {.data = folder / "data"}, log);
  ASSERT_TRUE(service) << service.error().describe();
  const http::Endpoint taken = (*service)->endpoints().front();
  EXPECT_THAT(internal::check_endpoint_use(soon(), taken).message, HasSubstr("A Sotto server"));
  (*service)->stop();
  EXPECT_THAT(internal::check_endpoint_use(soon(), taken).message, HasSubstr("is free"));
  EXPECT_EQ(internal::check_endpoint_use(soon(), {.address = "192.0.2.1", .port = 1}).state,
            State::kFail);
  EXPECT_EQ(internal::check_endpoint_use(soon(), {.unix_path = folder / "none"}).state, State::kOk);
}

TEST(Doctor, FailsWhereTheClockIsWrongAndTheSettingsAre) {
  FakeClock clock;
  const runtime::TempDir folder;
  SettingsSources sources{.flags = {{"--data", "data.folder", folder.path().string()},
                                    {"--listen", "server.listen", "127.0.0.1:0"},
                                    {"--log-level", "log.level", "loud"}}};
  const auto findings = examine(soon(), load_configuration(sources), clock);
  EXPECT_EQ(find(findings, "clock").state, State::kFail);  // It says 2019.
  EXPECT_EQ(find(findings, "settings").state, State::kFail);
  EXPECT_THAT(find(findings, "settings").message, HasSubstr("log.level must be"));
  EXPECT_EQ(find(findings, "onnx runtime").state, State::kOk);
  for (const char* check : {"data folder", "data space", "data file system", "address",
                            "descriptors", "sandbox seccomp", "media helper"})
    EXPECT_FALSE(find(findings, check).message.empty()) << check;
}

}  // namespace
}  // namespace sotto::app
