#include "transcript/validate.h"

#include <functional>
#include <gtest/gtest.h>
#include <limits>

#include "transcript/testing/sample_transcripts.h"

namespace sotto::transcript {
namespace {

TEST(Validate, AcceptsWhatTheTypesPromise) {
  EXPECT_TRUE(validate(Transcript{}));
  const Result<> result = validate(testing::full_transcript());
  EXPECT_TRUE(result) << result.error().describe();
}

TEST(Validate, AcceptsRandomTranscripts) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Result<> result = validate(testing::random_transcript(seed, {.may_overlap = true}));
    EXPECT_TRUE(result) << "seed " << seed;
  }
}

struct BrokenCase {
  const char* name;
  std::function<void(Transcript&)> break_it;
  const char* said;
};

TEST(Validate, NamesWhatIsBroken) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<BrokenCase> cases = {
      {"negative duration", [](Transcript& t) { t.duration_ms = -1; }, "duration_ms"},
      {"language bytes", [](Transcript& t) { t.language = "\xff"; }, "language"},
      {"provenance bytes", [](Transcript& t) { t.provenance.model = "\xff"; }, "provenance"},
      {"warning bytes", [](Transcript& t) { t.warnings[0].message = "\xff"; }, "warning"},
      {"speaker without id", [](Transcript& t) { t.speakers[0].id = ""; }, "speakers[0]"},
      {"speaker bytes", [](Transcript& t) { t.speakers[1].name = "\xff"; }, "speakers[1]"},
      {"speaker twice", [](Transcript& t) { t.speakers[1].id = "S1"; }, "speakers[1]"},
      {"negative start", [](Transcript& t) { t.segments[0].start_ms = -1; }, "segments[0]"},
      {"huge end", [](Transcript& t) { t.segments[4].end_ms = kTimeMsMax + 1; }, "segments[4]"},
      {"end before start", [](Transcript& t) { t.segments[1].end_ms = 2599; }, "segments[1]"},
      {"order", [](Transcript& t) { t.segments[2].start_ms = 2599; }, "segments[2]"},
      {"text bytes", [](Transcript& t) { t.segments[1].text = "a\xc0\xaf"; }, "segments[1]"},
      {"positive confidence", [](Transcript& t) { t.segments[0].confidence = 0.1; },
       "segments[0].confidence"},
      {"NaN confidence", [nan](Transcript& t) { t.segments[0].confidence = nan; },
       "segments[0].confidence"},
      {"unknown speaker", [](Transcript& t) { t.segments[0].speaker = "S9"; },
       "segments[0].speaker"},
      {"negative channel", [](Transcript& t) { t.segments[0].channel = -1; },
       "segments[0].channel"},
      {"word before segment", [](Transcript& t) { t.segments[0].words[0].start_ms = -1; },
       "segments[0].words[0]"},
      {"word behind segment", [](Transcript& t) { t.segments[0].words[6].end_ms = 2401; },
       "segments[0].words[6]"},
      {"word ends early", [](Transcript& t) { t.segments[0].words[3].end_ms = 0; },
       "segments[0].words[3]"},
      {"word order", [](Transcript& t) { t.segments[0].words[2].start_ms = 0; },
       "segments[0].words[2]"},
      {"word bytes", [](Transcript& t) { t.segments[0].words[2].text = "\xff"; },
       "segments[0].words[2]"},
      {"word confidence", [nan](Transcript& t) { t.segments[0].words[2].confidence = nan; },
       "segments[0].words[2].confidence"},
      {"word id twice", [](Transcript& t) { t.segments[0].words[2].id = 1; },
       "segments[0].words[2].id"}};
  for (const BrokenCase& broken : cases) {
    SCOPED_TRACE(broken.name);
    Transcript transcript = testing::full_transcript();
    broken.break_it(transcript);
    const Result<> result = validate(transcript);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason(), "transcript.invalid");
    EXPECT_NE(result.error().message().find(broken.said), std::string::npos)
        << result.error().message();
  }
}

}  // namespace
}  // namespace sotto::transcript
