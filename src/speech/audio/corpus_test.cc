// Recorded speech of the corpus (SOTTO_CORPUS), decoded to the lengths that its manifests give.

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <ostream>
#include <sstream>

#include "speech/audio/testing/media_files.h"

namespace sotto::audio {
namespace {

struct Row {
  std::filesystem::path path;
  double seconds = 0;
};

std::vector<Row> manifest(const std::filesystem::path& set) {
  std::ifstream file(set / "manifest.tsv");
  std::string line;
  std::getline(file, line);  // The header.
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string path;
    std::string seconds;
    std::getline(fields, path, '\t');
    std::getline(fields, seconds, '\t');
    rows.push_back({.path = set / path, .seconds = std::stod(seconds)});
  }
  return rows;
}

struct Set {
  std::string folder;
};

/// ctest names a case by its value.
void PrintTo(const Set& set, std::ostream* out) { *out << set.folder; }

class CorpusSets : public testing::TestWithParam<Set> {};

TEST_P(CorpusSets, EveryFileIsDecodedToItsLength) {
  const char* corpus = std::getenv("SOTTO_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "SOTTO_CORPUS is not set";
  MediaHelper helper(built_helper());
  const auto rows = manifest(std::filesystem::path(corpus) / GetParam().folder);
  ASSERT_FALSE(rows.empty());
  for (const Row& row : rows) {
    const bool headerless = row.path.extension() == ".raw";
    for (const bool piped : {false, true}) {
      const auto decoded = piped ? decode_pipe(helper, row.path) : decode_file(helper, row.path);
      if (headerless) {
        EXPECT_EQ(decoded.error().reason(), "media.unsupported") << row.path;
        continue;
      }
      ASSERT_TRUE(decoded) << row.path << decoded.error().describe();
      EXPECT_NEAR(decoded->seconds(), row.seconds, 0.1) << row.path << piped;
      EXPECT_FALSE(decoded->summary.truncated) << row.path << piped;
      // This one file's last frame is damaged as found: the text is whole, a warning is due.
      const bool damaged = row.path.filename() == "p001.flac";
      EXPECT_EQ(decoded->summary.warnings.size(), damaged ? 1U : 0U) << row.path << piped;
      EXPECT_GT(decoded->level(0, row.seconds), 1e-3) << row.path << piped;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, CorpusSets,
                         testing::Values(Set{"formats_same_speech"}, Set{"video"}, Set{"en_misc"}));

}  // namespace
}  // namespace sotto::audio
