#include "base/id.h"

#include <gtest/gtest.h>
#include <unordered_set>

#include "base/testing/fake_clock.h"

namespace sotto {
namespace {

using JobId = Id<struct JobTag>;

TEST(Uuid, IsVersionSevenAndCarriesItsTime) {
  const FakeClock clock;
  SystemRandom random;
  const Uuid uuid = Uuid::make(clock, random);
  EXPECT_EQ(uuid.bytes()[6] >> 4, 7);
  EXPECT_EQ(uuid.bytes()[8] >> 6, 2);
  EXPECT_EQ(uuid.created(), clock.now());
}

TEST(Uuid, SortsByTimeMade) {
  FakeClock clock;
  SystemRandom random;
  const Uuid first = Uuid::make(clock, random);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_LT(first, Uuid::make(clock, random));
}

TEST(Uuid, SurvivesItsText) {
  const FakeClock clock;
  SystemRandom random;
  const Uuid uuid = Uuid::make(clock, random);
  EXPECT_EQ(Uuid::parse(uuid.to_string()).value(), uuid);
  EXPECT_EQ(Uuid::parse("01890A5D-AC96-774B-BCCE-B302099A8057").value().to_string(),
            "01890a5d-ac96-774b-bcce-b302099a8057");
}

TEST(Uuid, SurvivesItsBytes) {
  const Uuid uuid = Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
  EXPECT_EQ(Uuid::from_bytes(uuid.bytes()), uuid);
}

TEST(Uuid, RefusesEverythingElse) {
  for (const char* text :
       {"", "01890a5d", "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5dxac96-774b-bcce-b302099a8057",
        "g1890a5d-ac96-774b-bcce-b302099a8057"}) {
    EXPECT_EQ(Uuid::parse(text).error().reason(), "base.bad_id") << text;
  }
}

TEST(Id, HashesApart) {
  const FakeClock clock;
  SystemRandom random;
  std::unordered_set<JobId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(JobId::make(clock, random));
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace sotto
