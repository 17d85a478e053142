#include "base/secret.h"

#include <gtest/gtest.h>
#include <utility>

namespace sotto {
namespace {

TEST(Secret, RevealsWhatItHolds) { EXPECT_EQ(Secret("open sesame").reveal(), "open sesame"); }

TEST(Secret, LeavesNothingBehindWhenMoved) {
  // Short enough to live inside the object, where a plain string's move would leave a copy.
  Secret source("key");
  const char* place = source.reveal().data();
  const Secret target = std::move(source);
  EXPECT_EQ(target.reveal(), "key");
  EXPECT_EQ(place[0], '\0');
}

TEST(Secret, MovesIntoAnother) {
  Secret target("old");
  target = Secret("a much longer secret that lives on the heap");
  EXPECT_EQ(target.reveal(), "a much longer secret that lives on the heap");
}

}  // namespace
}  // namespace sotto
