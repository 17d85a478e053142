#include "platform/http/client/resolver.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace sotto::http {
namespace {

TEST(SystemResolver, ReadsAddressesWithoutANameServer) {
  SystemResolver resolver;
  const auto found =
      resolver.resolve(CallContext::with_timeout(std::chrono::seconds(30)), "127.0.0.1");
  ASSERT_TRUE(found) << found.error().describe();
  EXPECT_EQ(found->front().to_string(), "127.0.0.1");
}

TEST(SystemResolver, SaysWhichNameIsUnknown) {
  SystemResolver resolver;
  // A label of 64 letters is refused by the library itself; nothing is asked of a network.
  const auto found = resolver.resolve(CallContext::with_timeout(std::chrono::seconds(30)),
                                      std::string(64, 'a') + ".invalid");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason(), "client.name_unknown");
}

TEST(SystemResolver, EndsWithItsContext) {
  SystemResolver resolver;
  std::stop_source source;
  source.request_stop();
  const auto found = resolver.resolve(
      CallContext::with_timeout(std::chrono::seconds(30)).with_stop(source.get_token()),
      "127.0.0.1");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason(), "base.cancelled");
}

TEST(SystemResolver, TakesMoreCallersThanItRunsLookups) {
  SystemResolver resolver;
  std::atomic<int> found{0};
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < 3 * SystemResolver::kLookupsMax; ++i)
      callers.emplace_back([&] {
        if (resolver.resolve(CallContext::with_timeout(std::chrono::seconds(60)), "127.0.0.1"))
          ++found;
      });
  }
  EXPECT_EQ(found, 3 * SystemResolver::kLookupsMax);
}

}  // namespace
}  // namespace sotto::http
