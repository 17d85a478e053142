#include "speech/models/internal/archive_reader.h"

#include <gtest/gtest.h>
#include <map>

#include "speech/models/testing/archive_builder.h"

namespace sotto::models::internal {
namespace {

using namespace std::chrono_literals;
using Kind = ArchiveMember::Kind;

CallContext soon() { return CallContext::with_timeout(1min); }

/// The wanted members that came, by name.
Result<std::map<std::string, std::string>> members(const std::string& archive,
                                                   const std::vector<std::string>& wanted,
                                                   const ArchiveLimits& limits = {}) {
  std::map<std::string, std::string> found;
  SOTTO_TRY(read_members_in_memory(
      soon(), archive, wanted,
      [&](std::size_t index, const NextChunk& next) -> Result<> {
        for (;;) {
          SOTTO_ASSIGN(const std::string_view chunk, next());
          if (chunk.empty()) return {};
          found[wanted[index]] += chunk;
        }
      },
      limits));
  return found;
}

TEST(ReadMembers, FindsFilesBelowTheFolderOfATarPackage) {
  const std::string large(300'000, 'x');
  const std::string tgz =
      build_tgz({{"package/a/b.onnx", large}, {"package/c", "see"}, {"package/unwanted", "no"}});
  const auto found = members(tgz, {"c", "a/b.onnx"}).value();
  EXPECT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at("a/b.onnx"), large);
  EXPECT_EQ(found.at("c"), "see");
}

TEST(ReadMembers, FindsFilesOfAWheelByTheirWholePath) {
  const std::string zip = build_zip({{"pkg/model.bin", "weights"}, {"model.bin", "other"}});
  EXPECT_EQ(members(zip, {"pkg/model.bin"}).value().at("pkg/model.bin"), "weights");
}

TEST(ReadMembers, MatchesNoNameThatClimbs) {
  const std::string tgz = build_tgz({{"../../etc/passwd", "evil"},
                                     {"/etc/passwd", "evil"},
                                     {"package/../x", "evil"},
                                     {"package/x", "good"}});
  const auto found = members(tgz, {"etc/shadow", "x"}).value();
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(found.at("x"), "good");
}

TEST(ReadMembers, TakesOnlyOrdinaryFiles) {
  const std::string tgz = build_tgz({{"package/x", "/etc/passwd", Kind::kSymlink},
                                     {"package/y", "package/z", Kind::kHardlink},
                                     {"package/z", "", Kind::kFolder}});
  EXPECT_TRUE(members(tgz, {"x", "y", "z"}).value().empty());
}

TEST(ReadMembers, TakesAMemberThatStandsTwiceOnce) {
  const std::string tgz =
      build_tgz({{"package/x", "first"}, {"package/x", "second"}, {"package/y", "y"}});
  EXPECT_EQ(members(tgz, {"x", "y"}).value().at("x"), "first");
}

TEST(ReadMembers, RefusesWhatIsCutOrNoArchive) {
  std::string noise;
  unsigned state = 1;
  for (int i = 0; i < 100'000; ++i)
    noise.push_back(static_cast<char>((state = state * 69069 + 1) >> 24));
  const std::string tgz = build_tgz({{"package/x", noise}});
  EXPECT_EQ(members(tgz.substr(0, tgz.size() / 2), {"x"}).error().reason(),
            "models.archive_damaged");
  EXPECT_EQ(members("<html>Not found</html>", {"x"}).error().reason(), "models.archive_damaged");
}

TEST(ReadMembers, StopsABombOfUnwantedBytes) {
  const std::string tgz = build_tgz({{"package/bomb", std::string(5'000'000, '\0')}});
  EXPECT_LT(tgz.size(), 50'000U);
  EXPECT_EQ(members(tgz, {"x"}, {.unpacked_bytes_max = 1'000'000}).error().reason(),
            "models.archive_too_large");
}

TEST(ReadMembers, StopsAtTooManyEntries) {
  const std::string tgz = build_tgz({{"package/1", ""}, {"package/2", ""}, {"package/3", ""}});
  EXPECT_EQ(members(tgz, {"x"}, {.entries_max = 2}).error().reason(), "models.archive_too_large");
}

TEST(ReadMembers, EndsWithItsContext) {
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::string> wanted{"x"};
  const auto read = read_members_in_memory(
      soon().with_stop(stop.get_token()), std::string_view(build_tgz({{"p/x", "x"}})), wanted,
      [](std::size_t, const NextChunk&) -> Result<> { return {}; });
  EXPECT_EQ(read.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto::models::internal
