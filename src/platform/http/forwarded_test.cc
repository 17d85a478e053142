#include "platform/http/forwarded.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::http {
namespace {

/// The client's address and an 's' where it is secure; "peer" where the peer is the client.
std::string client(std::vector<Field> fields, std::string_view peer = "10.0.0.1") {
  const auto near = Address::parse(peer);
  const auto trusted = AddressBlock::parse("10.0.0.0/8");
  EXPECT_TRUE(near && trusted);
  if (!near || !trusted) return {};
  const auto found = forwarded_client(*near, fields, {*trusted});
  return found ? found->address.to_string() + (found->secure ? " s" : "") : "peer";
}

TEST(ForwardedClients, AreNamedByTrustedProxies) {
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(client({{"x-forwarded-for", "192.0.2.1"}, {"X-Forwarded-Proto", "https"}}),
            "192.0.2.1 s");
  EXPECT_EQ(client({{"Forwarded", "for=192.0.2.1;proto=https"}}), "192.0.2.1 s");
  EXPECT_EQ(client({{"Forwarded", "For=\"[2001:db8::1]:4711\""}}), "2001:db8::1");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

TEST(ForwardedClients, AreTheNearestThatIsNotTrusted) {
  EXPECT_EQ(client({{"X-Forwarded-For", "198.51.100.9, 192.0.2.1, 10.0.0.2"}}), "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "198.51.100.9"}, {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3");
}

TEST(ForwardedClients, AreThePeerWhereNobodyTrustedSpeaks) {
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.7"), "peer");
  EXPECT_EQ(client({}), "peer");
}

TEST(ForwardedClients, AreThePeerWhereTheHeadersCannotBeBelieved) {
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=198.51.100.9"}}), "peer");
  EXPECT_EQ(client({{"X-Forwarded-For", "192.0.2.1, unknown"}}), "peer");
  EXPECT_EQ(client({{"Forwarded", "for=_hidden"}}), "peer");
  EXPECT_EQ(client({{"Forwarded", "for=\"[::1\""}}), "peer");
  EXPECT_EQ(client({{"X-Forwarded-For", ""}}), "peer");
}

TEST(ForwardedClients, BoundTheProxies) {
  const auto hops = [](int count) {
    std::string list = "192.0.2.1";
    for (int i = 1; i < count; ++i) list += ", 10.0.0.2";
    return list;
  };
  const std::string fits = hops(20);
  EXPECT_EQ(client({{"X-Forwarded-For", fits}}), "192.0.2.1");
  const std::string too_many = hops(21);
  EXPECT_EQ(client({{"X-Forwarded-For", too_many}}), "peer");
}

}  // namespace
}  // namespace sotto::http
