#include "speech/models/system_package_client.h"

#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/catalogue.h"
#include "speech/models/fetcher.h"
#include "speech/models/testing/fake_package_client.h"
#include "speech/models/testing/https_server.h"
#include "speech/models/testing/package_client_contract.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

using namespace std::chrono_literals;
using runtime::TempDir;
using ::testing::HasSubstr;

CallContext soon() { return CallContext::with_timeout(1min); }

const Source kNpm{SourceKind::kNpm, "pkg@1.0.0", "f", 1000};
const Source kPypi{SourceKind::kPypi, "pkg==1.0.0", "f", 1000};

/// A program that stands where npm or python3 would: what it is called with lands in "arguments".
struct Client {
  explicit Client(const std::string& script) {
    put_file(folder / "program", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"" +
                                     (folder / "arguments").string() + "\"\n" + script);
    std::filesystem::permissions(folder / "program", std::filesystem::perms::owner_all);
    std::filesystem::create_directory(folder / "download");
    client = std::make_unique<SystemPackageClient>(SystemPackageClientOptions{
        .npm = (folder / "program").string(), .python = (folder / "program").string()});
  }
  Result<std::filesystem::path> fetch(const Source& source, std::uint64_t bytes_max = 1'000'000) {
    return client->fetch(soon(), source, {.folder = folder / "download", .bytes_max = bytes_max});
  }

  TempDir folder;
  std::unique_ptr<SystemPackageClient> client;
};

TEST(SystemPackageClient, AsksNpmToPackWithoutScripts) {
  Client at("echo tar > package/pkg-1.0.0.tgz; echo package/pkg-1.0.0.tgz");
  EXPECT_EQ(at.fetch(kNpm).value().filename(), "pkg-1.0.0.tgz");
  const std::string arguments = file_text(at.folder / "arguments");
  EXPECT_THAT(arguments, HasSubstr("pack\npkg@1.0.0\n--ignore-scripts\n"));
}

TEST(SystemPackageClient, AsksPipForWheelsAlone) {
  Client at("echo zip > package/pkg-1.0.0-py3-none-any.whl");
  EXPECT_EQ(at.fetch(kPypi).value().filename(), "pkg-1.0.0-py3-none-any.whl");
  const std::string arguments = file_text(at.folder / "arguments");
  EXPECT_THAT(arguments, HasSubstr("-m\npip\ndownload\n--no-deps\n--only-binary\n:all:\n"));
  EXPECT_THAT(arguments, HasSubstr("\npkg==1.0.0\n"));
}

TEST(SystemPackageClient, KeepsWhatAFailingClientSaid) {
  Client at("echo 'npm error 404 Not Found' >&2; exit 1");
  const auto fetched = at.fetch(kNpm);
  EXPECT_EQ(fetched.error().reason(), "models.source_failed");
  EXPECT_THAT(fetched.error().detail(), HasSubstr("exit status 1: npm error 404 Not Found"));
}

TEST(SystemPackageClient, HearsThatTheDiskIsFull) {
  Client at("echo 'npm error code ENOSPC' >&2; exit 1");
  EXPECT_EQ(at.fetch(kNpm).error().reason(), "runtime.disk_full");
}

TEST(SystemPackageClient, SaysThatAClientLeftNothingOrTooMuch) {
  Client nothing("true");
  EXPECT_THAT(nothing.fetch(kNpm).error().detail(), HasSubstr("no package"));
  Client two("touch package/a.tgz package/b.tgz");
  EXPECT_THAT(two.fetch(kNpm).error().detail(), HasSubstr("more than one package"));
}

TEST(SystemPackageClient, EndsADownloadThatGrowsTooLarge) {
  Client at("head -c 100000 /dev/zero > cache/file; exec sleep 60");
  EXPECT_EQ(at.fetch(kNpm, 50'000).error().reason(), "models.download_too_large");
}

TEST(SystemPackageClient, EndsTheClientWithItsContext) {
  Client at("exec sleep 60");
  const auto fetched = at.client->fetch(CallContext::with_timeout(20ms), kNpm,
                                        {.folder = at.folder / "download", .bytes_max = 1000});
  EXPECT_EQ(fetched.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(SystemPackageClient, SaysThatTheProgramIsMissing) {
  const TempDir folder;
  SystemPackageClient client({.npm = "sotto-no-such-npm"});
  EXPECT_EQ(
      client.fetch(soon(), kNpm, {.folder = folder.path(), .bytes_max = 1000}).error().reason(),
      "runtime.program_missing");
}

Result<std::filesystem::path> fetch_url(const TempDir& folder, const Source& source,
                                        const std::string& ca_file,
                                        std::uint64_t bytes_max = 100'000) {
  SystemPackageClient client({.ca_file = ca_file});
  return client.fetch(soon(), source, {.folder = folder.path(), .bytes_max = bytes_max});
}

TEST(UrlDownload, RefusesACertificateThatItDoesNotTrust) {
  const HttpsServer server;
  server.serve("weights", "w");
  const TempDir folder;
  const auto fetched = fetch_url(folder, server.source("weights"), "");
  EXPECT_EQ(fetched.error().reason(), "models.source_failed");
  EXPECT_THAT(fetched.error().detail(), HasSubstr("certificate"));
}

TEST(UrlDownload, SpeaksNothingButHttps) {
  for (const std::string address : {"http://127.0.0.1:1/f", "file:///etc/hostname"}) {
    const TempDir folder;
    const auto fetched = fetch_url(folder, {SourceKind::kUrl, address, "", 0}, "");
    EXPECT_EQ(fetched.error().reason(), "models.source_failed") << address;
    EXPECT_THAT(fetched.error().detail(), HasSubstr("not supported or disabled")) << address;
  }
}

TEST(UrlDownload, SaysThatNobodyAnswers) {
  const TempDir folder;
  const auto fetched = fetch_url(folder, {SourceKind::kUrl, "https://127.0.0.1:1/f", "", 0}, "");
  EXPECT_EQ(fetched.error().reason(), "models.source_failed");
}

/// A program in npm's place: packs what lies in its registry, and says 404 of the rest.
struct NpmRegistry {
  NpmRegistry() {
    put_file(folder / "npm", "#!/bin/sh\n[ -f '" + folder.path().string() +
                                 "/served/'\"$2\" ] && cp '" + folder.path().string() +
                                 "/served/'\"$2\" package/package.tgz && exit\n"
                                 "echo 'npm error 404 Not Found' >&2; exit 1\n");
    std::filesystem::permissions(folder / "npm", std::filesystem::perms::owner_all);
  }
  void serve(const std::string& name, const std::string& bytes) const {
    put_file(folder / "served" / name, bytes);
  }
  static Source source(const std::string& name) { return {SourceKind::kNpm, name, "f", 1000}; }
  PackageClient& client() { return npm; }

  TempDir folder;
  SystemPackageClient npm{{.npm = (folder / "npm").string()}};
};

struct UrlRegistry : HttpsServer {
  UrlRegistry() { refuse("nothing"); }
  PackageClient& client() { return curl; }

  SystemPackageClient curl{{.ca_file = certificate()}};
};

struct FakeRegistry {
  void serve(const std::string& name, const std::string& bytes) { fake.serve(name, bytes); }
  static Source source(const std::string& name) { return {SourceKind::kNpm, name, "f", 1000}; }
  PackageClient& client() { return fake; }

  FakePackageClient fake;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Npm, PackageClientContract, NpmRegistry);
INSTANTIATE_TYPED_TEST_SUITE_P(Url, PackageClientContract, UrlRegistry);
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, PackageClientContract, FakeRegistry);

/// With the real registries, where somebody asked for it.
TEST(Network, PullsTheDetectorWithNpm) {
  if (std::getenv("SOTTO_TEST_NETWORK") == nullptr) GTEST_SKIP() << "SOTTO_TEST_NETWORK is not set";
  const Catalogue catalogue = Catalogue::embedded().value();
  const TempDir folder;
  const Store store(folder.path());
  SystemPackageClient client;
  const std::vector<const Model*> models{catalogue.find("silero-vad").value()};
  std::uint64_t bytes_seen = 0;
  const auto pulled =
      Fetcher(catalogue, store, client).pull(soon(), models, [&](const PullProgress& progress) {
        if (progress.phase == PullProgress::Phase::kDownloading)
          bytes_seen = std::max(bytes_seen, progress.bytes_done);
      });
  ASSERT_TRUE(pulled) << pulled.error().describe();
  EXPECT_TRUE(store.require(soon(), *models.front()));
  EXPECT_EQ(bytes_seen, 5'471'324U);
}

TEST(Network, GetsAWheelWithPip) {
  if (std::getenv("SOTTO_TEST_NETWORK") == nullptr) GTEST_SKIP() << "SOTTO_TEST_NETWORK is not set";
  const TempDir folder;
  SystemPackageClient client;
  const auto fetched =
      client.fetch(soon(), {SourceKind::kPypi, "iniconfig==2.0.0", "iniconfig/__init__.py", 5892},
                   {.folder = folder.path(), .bytes_max = 10'000'000});
  ASSERT_TRUE(fetched) << fetched.error().describe();
  EXPECT_EQ(fetched->extension(), ".whl");
}

}  // namespace
}  // namespace sotto::models
