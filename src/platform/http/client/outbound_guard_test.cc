#include "platform/http/client/outbound_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/client/testing/fake_resolver.h"

namespace sotto::http {
namespace {

using testing::ElementsAre;

const CallContext& soon() {
  static const CallContext kContext = CallContext::with_timeout(std::chrono::seconds(30));
  return kContext;
}

OutboundGuard guard(const OutboundGuardOptions& options = {}) {
  return OutboundGuard::create(options).value();
}

/// "" where it may be fetched, else the reason.
std::string check(const OutboundGuard& guard, const std::string& text) {
  const auto url = Url::parse(text);
  if (!url) return url.error().reason();
  const auto allowed = guard.check(*url);
  return allowed ? "" : allowed.error().reason();
}

std::string resolve(const OutboundGuard& guard, const std::vector<std::string>& answer,
                    std::uint16_t port = 443) {
  FakeResolver resolver;
  resolver.answer("name.example", answer);
  const auto found = guard.resolve(soon(), resolver, "name.example", port);
  return found ? "" : found.error().reason();
}

TEST(OutboundGuard, LetsPublicHttpsThrough) {
  EXPECT_EQ(check(guard(), "https://example.org/"), "");
  EXPECT_EQ(check(guard(), "https://93.184.216.34/"), "");
  EXPECT_EQ(check(guard(), "https://[2606:2800:220:1::1]/"), "");
  EXPECT_EQ(resolve(guard(), {"93.184.216.34", "2606:2800:220:1::1"}), "");
}

TEST(OutboundGuard, RefusesOtherSchemesAndPorts) {
  EXPECT_EQ(check(guard(), "http://example.org/"), "client.url_refused");
  EXPECT_EQ(check(guard({.allows_http = true}), "http://example.org/"), "");
  EXPECT_EQ(check(guard(), "https://example.org:22/"), "client.url_refused");
  EXPECT_EQ(check(guard({.ports = {22}}), "https://example.org:22/"), "");
  EXPECT_EQ(check(guard(), "https://example.org:80/"), "");
}

/// Addresses that nothing outside may lead to, in every form that carries them.
const std::vector<std::string>& refused_addresses() {
  static const std::vector<std::string> kAddresses{
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "100.64.0.1",
      "100.100.100.200",
      "127.0.0.1",
      "127.255.255.254",
      "169.254.169.254",
      "169.254.170.2",
      "172.16.0.1",
      "172.31.255.255",
      "192.0.0.192",
      "192.0.2.1",
      "192.168.1.1",
      "198.18.0.1",
      "203.0.113.9",
      "224.0.0.1",
      "239.255.255.250",
      "240.0.0.1",
      "255.255.255.255",
      "168.63.129.16",
      "::",
      "::1",
      "::ffff:10.0.0.1",
      "::ffff:169.254.169.254",
      "::7f00:1",
      "::a9fe:a9fe",
      "64:ff9b::7f00:1",
      "64:ff9b:1::1",
      "64:ff9b::808:808",
      "2002:7f00:1::",
      "2001:0:7f00:1::",
      "2001:db8::1",
      "3fff::1",
      "fc00::1",
      "fd00:ec2::254",
      "fd20:ce::254",
      "fe80::1",
      "fec0::1",
      "ff02::1",
      "100::1",
      "5f00::1",
      "2a00:1450::5efe:7f00:1",
      "2a00:1450::200:5efe:a9fe:a9fe",
  };
  return kAddresses;
}

TEST(OutboundGuard, RefusesAddressesThatAreNotPublic) {
  for (const std::string& address : refused_addresses()) {
    const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    EXPECT_EQ(check(guard(), "https://" + host + "/"), "client.address_refused") << address;
  }
}

TEST(OutboundGuard, RefusesNamesThatLeadToThem) {
  for (const std::string& address : refused_addresses())
    EXPECT_EQ(resolve(guard(), {address}), "client.address_refused") << address;
}

TEST(OutboundGuard, RefusesANameOfWhichOneAddressIsBad) {
  EXPECT_EQ(resolve(guard(), {"93.184.216.34", "10.0.0.1"}), "client.address_refused");
  EXPECT_EQ(resolve(guard(), {"2606:2800:220:1::1", "::1"}), "client.address_refused");
}

TEST(OutboundGuard, KeepsTheAddressOutOfTheMessage) {
  FakeResolver resolver;
  resolver.answer("name.example", {"10.1.2.3"});
  const auto found = guard().resolve(soon(), resolver, "name.example", 443);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message().find("10.1"), std::string::npos);
  EXPECT_EQ(found.error().detail(), "10.1.2.3");
}

TEST(OutboundGuard, LetsAConfiguredHostBePrivateOnItsPortAlone) {
  const auto configured = guard({.private_hosts = {"127.0.0.1:11434", "Name.Example:25"}});
  EXPECT_EQ(check(configured, "http://127.0.0.1:11434/"), "");
  EXPECT_EQ(check(configured, "http://127.0.0.1:11435/"), "client.url_refused");
  EXPECT_EQ(check(configured, "https://127.0.0.1/"), "client.address_refused");
  EXPECT_EQ(check(configured, "https://127.0.0.2:11434/"), "client.url_refused");
  EXPECT_EQ(resolve(configured, {"10.0.0.1"}, 25), "");
  EXPECT_EQ(resolve(configured, {"fd12::1"}, 25), "");
  EXPECT_EQ(resolve(configured, {"10.0.0.1"}, 26), "client.address_refused");
}

TEST(OutboundGuard, RefusesMetadataForConfiguredHostsToo) {
  const auto configured = guard({.private_hosts = {"name.example:443"}});
  for (const char* address : {"169.254.169.254", "fd00:ec2::254", "168.63.129.16", "0.0.0.0",
                              "::", "100.100.100.200", "fe80::1", "224.0.0.1", "64:ff9b::a00:1"})
    EXPECT_EQ(resolve(configured, {address}), "client.address_refused") << address;
}

TEST(OutboundGuard, CountsAPrivateBlockAsPublic) {
  const auto configured = guard({.private_blocks = {"10.1.0.0/16", "fd12::/16"}});
  EXPECT_EQ(check(configured, "https://10.1.255.255/"), "");
  EXPECT_EQ(check(configured, "https://10.2.0.0/"), "client.address_refused");
  EXPECT_EQ(resolve(configured, {"10.1.0.1", "fd12::1"}), "");
  EXPECT_EQ(resolve(configured, {"10.0.255.255"}), "client.address_refused");
}

TEST(OutboundGuard, RefusesLocalNamesThroughAProxy) {
  for (const char* text : {"https://localhost/", "https://a.localhost/", "https://nas.local/",
                           "https://metadata.google.internal/", "https://router/",
                           "https://x.home.arpa/", "https://127.0.0.1/"}) {
    const auto allowed = guard().check_for_proxy(Url::parse(text).value());
    ASSERT_FALSE(allowed) << text;
    EXPECT_EQ(allowed.error().reason(), "client.address_refused") << text;
  }
  EXPECT_TRUE(guard().check_for_proxy(Url::parse("https://example.org/").value()));
  EXPECT_TRUE(guard().check_for_proxy(Url::parse("https://notlocal.org/").value()));
}

TEST(OutboundGuard, RefusesEntriesThatItCannotRead) {
  for (const char* text : {"", "host", "host:", "host:0", "host:80/", "u@host:80", "[::1]",
                           "::1:80", "127.1:80", "host:80?x"}) {
    const auto made = OutboundGuard::create({.private_hosts = {text}});
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().reason(), "client.bad_options") << text;
  }
  EXPECT_TRUE(OutboundGuard::create({.private_hosts = {"[::1]:80"}}));
  for (const char* text : {"", "10.0.0.1/8", "10.0.0.0/33", "x"})
    EXPECT_FALSE(OutboundGuard::create({.private_blocks = {text}})) << text;
}

TEST(OutboundGuard, AsksTheResolverOnceAndNotForAddresses) {
  FakeResolver resolver;
  resolver.answer("name.example", {"93.184.216.34"});
  EXPECT_TRUE(guard().resolve(soon(), resolver, "93.184.216.34", 443));
  EXPECT_TRUE(guard().resolve(soon(), resolver, "name.example", 443));
  EXPECT_THAT(resolver.asked(), ElementsAre("name.example"));
}

}  // namespace
}  // namespace sotto::http
