#include "platform/http/address.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

std::string text_of(std::string_view text) {
  const auto address = Address::parse(text);
  return address ? address->to_string() : "none";
}

TEST(Addresses, AreParsedAndPrinted) {
  EXPECT_EQ(text_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(text_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(text_of("2001:DB8::1"), "2001:db8::1");
  for (const char* text : {"", "1", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "1.2.3.4.5",
                           "1.2.3.256", "1.2.3.4 ", "::1%lo", "[::1]", ":::", "localhost"})
    EXPECT_EQ(text_of(text), "none") << text;
}

TEST(Addresses, KnowLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address);
    EXPECT_TRUE(address->is_loopback()) << text;
  }
  const auto other = Address::parse("128.0.0.1");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->is_loopback());
}

TEST(Addresses, KnowWhatIsNotPublic) {
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::a00:1",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:a00:1::",
                           "fc00::1",
                           "fd00::1",
                           "fe80::1",
                           "ff02::1",
                           "3fff::1",
                           "::7f00:1"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->is_public()) << text;
  }
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "198.20.0.0", "223.255.255.255", "2600::1", "2a00:1450::1"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(address->is_public()) << text;
  }
}

TEST(Addresses, OfOneIpv6NetworkAreOneClient) {
  const auto network = [](const char* text) {
    const auto parsed = Address::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? parsed->network().to_string() : "";
  };
  EXPECT_EQ(network("2001:db8:0:1::1"), "2001:db8:0:1::");
  EXPECT_EQ(network("2001:db8:0:1:ffff:2:3:4"), "2001:db8:0:1::");
  EXPECT_EQ(network("2001:db8:0:2::1"), "2001:db8:0:2::");
  EXPECT_EQ(network("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network("::1"), "::1");
  EXPECT_TRUE(Address().network().is_nil());
}

TEST(AddressBlocks, ContainTheirAddresses) {
  const auto contains = [](const char* block, const char* address) {
    const auto parsed = AddressBlock::parse(block);
    const auto member = Address::parse(address);
    EXPECT_TRUE(parsed) << block;
    EXPECT_TRUE(member) << address;
    return parsed && member && parsed->contains(*member);
  };
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("10.0.0.128/25", "10.0.0.128"));
  EXPECT_FALSE(contains("10.0.0.128/25", "10.0.0.127"));
  EXPECT_TRUE(contains("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(contains("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2600::1"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
}

TEST(AddressBlocks, AreRefusedWhereTheyAreNotExact) {
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x",
                           "/8", "::/129", "2001:db8::1/32"})
    EXPECT_FALSE(AddressBlock::parse(text)) << text;
}

}  // namespace
}  // namespace sotto::http
