#include "platform/http/internal/server_state.h"

#include <gtest/gtest.h>

namespace sotto::http::internal {
namespace {

Address address(const char* text) {
  const auto parsed = Address::parse(text);
  SOTTO_CHECK(parsed.has_value());
  return parsed ? *parsed : Address();
}

TEST(ServerStates, CountAnIpv6NetworkAsOneClient) {
  ServerState state({.connections_per_address_max = 2}, Router(), {});
  EXPECT_TRUE(state.admit(address("2001:db8::1")));
  EXPECT_TRUE(state.admit(address("2001:db8::2:3:4:5")));
  EXPECT_FALSE(state.admit(address("2001:db8::6")));
  EXPECT_TRUE(state.admit(address("2001:db8:0:1::1")));
  EXPECT_EQ(state.connection_count(), 3U);
  state.leave(address("2001:db8::1"));
  EXPECT_TRUE(state.admit(address("2001:db8::6")));
  EXPECT_FALSE(state.admit(address("2001:db8::7")));
}

TEST(ServerStates, CountIpv4AddressesApartAndLoopbackNotAtAll) {
  ServerState state({.connections_per_address_max = 1}, Router(), {});
  EXPECT_TRUE(state.admit(address("192.0.2.1")));
  EXPECT_FALSE(state.admit(address("192.0.2.1")));
  EXPECT_TRUE(state.admit(address("192.0.2.2")));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(state.admit(address("::1")));
}

}  // namespace
}  // namespace sotto::http::internal
