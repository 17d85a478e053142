#pragma once

#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <stop_token>
#include <string>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/package_client.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {

/// What every PackageClient keeps, fakes included. A registry has
///   void serve(const std::string& name, const std::string& bytes);
///   Source source(const std::string& name) const;  // Served or not.
///   PackageClient& client();
template <typename Registry>
class PackageClientContract : public testing::Test {
 protected:
  static constexpr std::size_t kSize = 100'000;

  void SetUp() override {
    std::filesystem::create_directory(folder_ / "download");
    registry_.serve("weights", std::string(kSize, 'w'));
  }

  Result<std::filesystem::path> fetch(const std::string& name, std::uint64_t bytes_max) {
    return registry_.client().fetch(context_, registry_.source(name),
                                    {.folder = folder_ / "download",
                                     .bytes_max = bytes_max,
                                     .on_bytes = [this](std::uint64_t bytes) { bytes_ = bytes; }});
  }

  Registry registry_;
  const runtime::TempDir folder_;
  std::uint64_t bytes_ = 0;  // As last told.
  CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TYPED_TEST_SUITE_P(PackageClientContract);

TYPED_TEST_P(PackageClientContract, PutsWhatWasAskedForIntoTheFolder) {
  const auto path = this->fetch("weights", this->kSize);
  ASSERT_TRUE(path) << path.error().describe();
  EXPECT_EQ(file_text(*path), std::string(this->kSize, 'w'));
  const auto inside = path->lexically_relative(this->folder_ / "download");
  EXPECT_NE(*inside.begin(), "..") << *path;
  EXPECT_EQ(this->bytes_, this->kSize);
}

TYPED_TEST_P(PackageClientContract, EndsBeyondTheLimit) {
  EXPECT_EQ(this->fetch("weights", this->kSize - 1).error().reason(), "models.download_too_large");
}

TYPED_TEST_P(PackageClientContract, SaysThatThereIsNoSuchThing) {
  const auto path = this->fetch("nothing", this->kSize);
  EXPECT_EQ(path.error().reason(), "models.source_failed");
  EXPECT_EQ(path.error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(path.error().detail().empty()) << "what the client said";
}

TYPED_TEST_P(PackageClientContract, AsksNobodyForAStoppedCaller) {
  std::stop_source source;
  source.request_stop();
  this->context_ = this->context_.with_stop(source.get_token());
  EXPECT_EQ(this->fetch("weights", this->kSize).error().reason(), "base.cancelled");
}

REGISTER_TYPED_TEST_SUITE_P(PackageClientContract, PutsWhatWasAskedForIntoTheFolder,
                            EndsBeyondTheLimit, SaysThatThereIsNoSuchThing,
                            AsksNobodyForAStoppedCaller);

}  // namespace sotto::models
