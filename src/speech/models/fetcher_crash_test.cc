// A pull whose process is killed, or whose disk is full, in the middle of a file. Each runs in a
// child of the test; what it leaves on the disk is looked at from here.

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/fetcher.h"
#include "speech/models/testing/archive_builder.h"
#include "speech/models/testing/fake_package_client.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

using namespace std::chrono_literals;

std::string noise(std::size_t size) {
  std::string bytes;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < size; ++i)
    bytes.push_back(static_cast<char>((state = state * 1664525U + 1013904223U) >> 24));
  return bytes;
}

struct Scene {
  Scene() { client.serve("net@1.0.0", build_tgz({{"package/weights", weights}})); }

  Result<PullSummary> pull(const ProgressCallback& on_progress = nullptr) {
    const std::vector<const Model*> models{model};
    return Fetcher(catalogue, store, client)
        .pull(CallContext::with_timeout(1min), models, on_progress);
  }
  std::size_t entry_count() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "m"))
      count += entry.exists() ? 1U : 0U;
    return count;
  }

  // Compresses to little: in the full disk it is the weights that meet the limit, not the package.
  std::string weights = std::string(900'000, 'w') + noise(1000);
  runtime::TempDir folder;
  Catalogue catalogue = test_catalogue(
      {manifest_json("m", {{"weights", weights, {npm_source("net@1.0.0", "weights")}}})});
  const Model* model = catalogue.find("m").value();
  Store store{folder.path()};
  FakePackageClient client;
};

TEST(FetcherCrash, LeavesOnlyTemporariesThatTheNextPullCleans) {
  Scene scene;
  EXPECT_EXIT(
      static_cast<void>(scene.pull([](const PullProgress& progress) {
        if (progress.phase == PullProgress::Phase::kUnpacking && progress.bytes_done > 400'000)
          std::raise(SIGKILL);
      })),
      ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_FALSE(std::filesystem::exists(scene.folder / "m/weights"));
  EXPECT_GE(scene.entry_count(), 3U) << "the child was killed with its temporaries in place";
  EXPECT_EQ(scene.store.state(*scene.model), ModelState::kAbsent);
  ASSERT_TRUE(scene.pull());
  EXPECT_EQ(scene.entry_count(), 1U);
  EXPECT_TRUE(scene.store.require(CallContext::with_timeout(1min), *scene.model));
}

TEST(FetcherCrash, AFullDiskIsSaidAndLeavesNothing) {
  Scene scene;
  const auto pull_on_full_disk = [&] {
    // A file that may not grow fails as a full disk does; without the signal that kills.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 300'000, .rlim_max = 300'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) std::_Exit(3);
    const auto pulled = scene.pull();
    std::_Exit(!pulled && pulled.error().reason() == "runtime.disk_full" ? 0 : 1);
  };
  EXPECT_EXIT(pull_on_full_disk(), ::testing::ExitedWithCode(0), "");
  EXPECT_FALSE(std::filesystem::exists(scene.folder / "m"));
  ASSERT_TRUE(scene.pull());
}

}  // namespace
}  // namespace sotto::models
