#include "speech/models/fetcher.h"

#include <algorithm>
#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/testing/archive_builder.h"
#include "speech/models/testing/fake_package_client.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

using namespace std::chrono_literals;
using runtime::TempDir;
using ::testing::HasSubstr;

CallContext soon() { return CallContext::with_timeout(1min); }

const std::string kEncoder(200'000, 'e');
const std::string kDecoder(300'000, 'd');
const std::string kVocabulary = "one two three";
const std::string kMirror = "https://example.org/encoder";

/// Two sibling models of one package, with a vocabulary that they share.
struct Registry {
  Registry() {
    client.serve("net@1.0.0", build_tgz({{"package/README", "read me"},
                                         {"package/base/encoder", kEncoder},
                                         {"package/base/decoder", kDecoder},
                                         {"package/tiny/encoder", "tiny encoder"}}));
    client.serve("words@2.0.0", build_tgz({{"package/words.js", kVocabulary}}));
  }

  Result<PullSummary> pull(std::vector<const Model*> models) {
    return fetcher.pull(soon(), models, nullptr);
  }
  /// Everything in the folder that is not a lock.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
      if (entry.path().extension() != ".lock")
        names.push_back(std::filesystem::relative(entry.path(), folder.path()));
    std::sort(names.begin(), names.end());
    return names;
  }

  TempDir folder;
  Catalogue catalogue = test_catalogue(
      {manifest_json(
           "base",
           {{"encoder", kEncoder, {npm_source("net@1.0.0", "base/encoder"), url_source(kMirror)}},
            {"decoder", kDecoder, {npm_source("net@1.0.0", "base/decoder")}},
            {"words", kVocabulary, {npm_source("words@2.0.0", "words.js")}}}),
       manifest_json("tiny",
                     {{"encoder", "tiny encoder", {npm_source("net@1.0.0", "tiny/encoder")}},
                      {"words", kVocabulary, {npm_source("words@2.0.0", "words.js")}}})});
  const Model* base = catalogue.find("base").value();
  const Model* tiny = catalogue.find("tiny").value();
  Store store{folder / "."};
  FakePackageClient client;
  Fetcher fetcher{catalogue, store, client};
};

std::string zeros(std::size_t count) {
  std::string bytes;
  bytes.resize(count);
  return bytes;
}

const std::vector<std::string> kBaseFiles{"base", "base/decoder", "base/encoder", "base/words"};

TEST(Fetcher, InstallsAModelAndLeavesNothingElse) {
  Registry at;
  const PullSummary summary = at.pull({at.base}).value();
  EXPECT_EQ(summary.files_installed, 3U);
  EXPECT_EQ(summary.bytes_installed, at.base->size());
  EXPECT_EQ(at.files(), kBaseFiles);
  EXPECT_EQ(file_text(at.folder / "base/decoder"), kDecoder);
  EXPECT_TRUE(at.store.require(soon(), *at.base));
}

TEST(Fetcher, DownloadsAPackageOnceForAllThatIsInIt) {
  Registry at;
  EXPECT_EQ(at.pull({at.tiny, at.base, at.base}).value().files_installed, 5U);
  EXPECT_EQ(at.client.fetch_count(), 2);
  EXPECT_TRUE(at.store.require(soon(), *at.tiny));
}

TEST(Fetcher, FetchesNothingForAnInstalledModel) {
  Registry at;
  ASSERT_TRUE(at.pull({at.base}));
  const int before = at.client.fetch_count();
  EXPECT_EQ(at.pull({at.base}).value().files_installed, 0U);
  EXPECT_EQ(at.client.fetch_count(), before);
}

TEST(Fetcher, FetchesOnlyWhatIsMissingOrDamaged) {
  Registry at;
  ASSERT_TRUE(at.pull({at.base}));
  put_file(at.folder / "base/words", "one two thr33");
  EXPECT_EQ(at.pull({at.base}).value().files_installed, 1U);
  EXPECT_EQ(at.client.fetch_count(), 3);
  EXPECT_EQ(file_text(at.folder / "base/words"), kVocabulary);
}

TEST(Fetcher, CopiesWhatASiblingHas) {
  Registry at;
  ASSERT_TRUE(at.pull({at.base}));
  at.client.serve("words@2.0.0", "gone");
  EXPECT_EQ(at.pull({at.tiny}).value().files_installed, 2U);
  EXPECT_EQ(file_text(at.folder / "tiny/words"), kVocabulary);
}

TEST(Fetcher, DoesNotTrustADamagedSibling) {
  Registry at;
  put_file(at.folder / "tiny/words", "one two thr33");
  EXPECT_TRUE(at.pull({at.base}));
  EXPECT_EQ(file_text(at.folder / "base/words"), kVocabulary);
}

TEST(Fetcher, TakesTheNextSourceAfterAWrongHash) {
  Registry at;
  std::string changed = kEncoder;
  changed[77] = 'E';
  at.client.serve("net@1.0.0", build_tgz({{"package/base/encoder", changed},
                                          {"package/base/decoder", kDecoder}}));
  at.client.serve(kMirror, kEncoder);
  EXPECT_EQ(at.pull({at.base}).value().files_installed, 3U);
  EXPECT_EQ(file_text(at.folder / "base/encoder"), kEncoder);
  EXPECT_EQ(at.files(), kBaseFiles);
}

/// Every way a source can be wrong: what the pull says of it, and that nothing of the file stays.
TEST(Fetcher, ListsWhatWasWrongWithEachSource) {
  struct Row {
    std::string what;
    std::string package;
    std::string mirror;
    std::string package_trouble;
    std::string mirror_trouble;
  };
  std::string changed = kEncoder;
  changed[77] = 'E';
  const auto with_encoder = [](const std::string& bytes) {
    return build_tgz({{"package/base/encoder", bytes}});
  };
  const std::vector<Row> rows = {
      {"one byte changed", with_encoder(changed), changed, "models.hash_mismatch",
       "models.hash_mismatch"},
      {"short", with_encoder("short"), "short",
       "models.size_mismatch: encoder from npm package net@1.0.0 has 5 bytes instead of 200000",
       "models.size_mismatch"},
      {"a bomb in the place of the file", with_encoder(zeros(30'000'000)), zeros(300'000),
       "models.size_mismatch", "models.download_too_large"},
      {"missing", build_tgz({{"package/README", ""}}), "",
       "models.member_missing: There is no base/encoder", "models.size_mismatch"},
      {"only a name that climbs", build_tgz({{"../base/../base/encoder", kEncoder}}), "",
       "models.member_missing", "models.size_mismatch"},
      {"no archive", "<html>", "<html>", "models.archive_damaged", "models.size_mismatch"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Registry at;
    at.client.serve("net@1.0.0", row.package);
    at.client.serve(kMirror, row.mirror);
    const auto pulled = at.pull({at.base});
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().reason(), "models.fetch_failed");
    EXPECT_THAT(pulled.error().message(), HasSubstr("encoder of the model base"));
    EXPECT_THAT(pulled.error().message(), HasSubstr("`sotto models pull base`"));
    EXPECT_THAT(pulled.error().detail(), HasSubstr("npm package net@1.0.0: "));
    EXPECT_THAT(pulled.error().detail(), HasSubstr(row.package_trouble));
    EXPECT_THAT(pulled.error().detail(), HasSubstr("\n" + kMirror + ": "));
    EXPECT_THAT(pulled.error().detail(), HasSubstr(row.mirror_trouble));
    EXPECT_TRUE(at.files().empty()) << at.files().front();
  }
}

TEST(Fetcher, KeepsTheGoodFilesOfAFailedPull) {
  Registry at;
  at.client.serve("words@2.0.0", "not an archive");
  EXPECT_EQ(at.pull({at.base}).error().reason(), "models.fetch_failed");
  EXPECT_EQ(at.store.state(*at.base), ModelState::kPartial);
  at.client.serve("words@2.0.0", build_tgz({{"package/words.js", kVocabulary}}));
  EXPECT_EQ(at.pull({at.base}).value().files_installed, 1U);
}

TEST(Fetcher, TellsItsProgress) {
  Registry at;
  std::vector<PullProgress> told;
  const std::vector<const Model*> models{at.base};
  ASSERT_TRUE(at.fetcher.pull(soon(), models,
                              [&](const PullProgress& progress) { told.push_back(progress); }));
  const auto has = [&](PullProgress::Phase phase, std::string_view subject) {
    return std::any_of(told.begin(), told.end(), [&](const PullProgress& progress) {
      return progress.phase == phase && progress.subject == subject &&
             progress.bytes_done == progress.bytes_total;
    });
  };
  EXPECT_FALSE(has(PullProgress::Phase::kWaiting, "base")) << "nobody else pulls";
  EXPECT_TRUE(has(PullProgress::Phase::kChecking, "base"));
  EXPECT_TRUE(has(PullProgress::Phase::kUnpacking, "decoder"));
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const PullProgress& progress) {
    return progress.subject == "npm package net@1.0.0" && progress.bytes_done > 0 &&
           progress.bytes_total == 1000;
  }));
}

TEST(Fetcher, LeavesNothingWhenCancelledWhileDownloading) {
  Registry at;
  std::stop_source stop;
  at.client.on_fetch([&](const Source&) { stop.request_stop(); });
  const std::vector<const Model*> models{at.base};
  const auto pulled = at.fetcher.pull(soon().with_stop(stop.get_token()), models, nullptr);
  EXPECT_EQ(pulled.error().code(), ErrorCode::kCancelled);
  EXPECT_TRUE(at.files().empty());
}

TEST(Fetcher, LeavesNothingHalfWhenCancelledWhileUnpacking) {
  Registry at;
  std::stop_source stop;
  const std::vector<const Model*> models{at.base};
  const auto pulled = at.fetcher.pull(
      soon().with_stop(stop.get_token()), models, [&](const PullProgress& progress) {
        if (progress.subject == "decoder" && progress.bytes_done > 0) stop.request_stop();
      });
  EXPECT_EQ(pulled.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(at.files(), (std::vector<std::string>{"base", "base/encoder"}));
}

TEST(Fetcher, TwoPullsAtOnceFetchOnce) {
  Registry at;
  std::atomic<std::size_t> installed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        const auto pulled = i % 2 == 0 ? at.pull({at.base, at.tiny}) : at.pull({at.tiny, at.base});
        installed += pulled.value().files_installed;
      });
  }
  EXPECT_EQ(installed, 5U);
  EXPECT_EQ(at.client.fetch_count(), 2);
  EXPECT_TRUE(at.store.require(soon(), *at.base));
  EXPECT_TRUE(at.store.require(soon(), *at.tiny));
}

TEST(Fetcher, WaitsForAnotherPullNoLongerThanItsContext) {
  Registry at;
  const runtime::FileLock held = at.store.lock(soon(), *at.base).value();
  const std::vector<const Model*> models{at.base};
  bool told_waiting = false;
  const auto pulled =
      at.fetcher.pull(CallContext::with_timeout(1ms), models, [&](const PullProgress& progress) {
        told_waiting = progress.phase == PullProgress::Phase::kWaiting;
      });
  EXPECT_EQ(pulled.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(told_waiting);
}

TEST(Fetcher, SaysThatTheDiskHasNoRoomBeforeItFetches) {
  Registry at;
  wire::Json json = manifest_json("huge", {{"f", "x", {url_source(kMirror)}}});
  json["files"][0]["size"] = std::int64_t{60} << 30;
  json["files"].push_back(json["files"][0]);
  for (int i = 1; i < 190; ++i) {
    json["files"].push_back(json["files"][0]);
    json["files"][static_cast<std::size_t>(i)]["name"] = "f" + std::to_string(i);
  }
  json["files"].erase(json["files"].size() - 1);
  const Catalogue catalogue = test_catalogue({json});
  const std::vector<const Model*> models{catalogue.find("huge").value()};
  const auto pulled = Fetcher(catalogue, at.store, at.client).pull(soon(), models, nullptr);
  EXPECT_EQ(pulled.error().reason(), "models.no_room");
  EXPECT_EQ(at.client.fetch_count(), 0);
  EXPECT_TRUE(at.files().empty());
}

TEST(Fetcher, SaysThatItsFolderCannotBeMade) {
  Registry at;
  put_file(at.folder / "file", "");
  const Store store(at.folder / "file/models");
  const std::vector<const Model*> models{at.base};
  EXPECT_EQ(Fetcher(at.catalogue, store, at.client).pull(soon(), models, nullptr).error().reason(),
            "runtime.not_found");
}

}  // namespace
}  // namespace sotto::models
