#include "platform/http/local_certificate.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "base/testing/fake_clock.h"
#include "platform/http/internal/key_file.h"
#include "platform/http/internal/local_ca.h"
#include "platform/runtime/file.h"

namespace sotto::http {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr hours kDay{24};

class LocalCertificates : public testing::Test {
 public:
  ~LocalCertificates() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

 protected:
  LocalCertificates() {
    std::string name = testing::TempDir() + "sotto_tls_XXXXXX";
    SOTTO_CHECK(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    options_ = {.folder = root_ / "tls",
                .names = {"localhost", "my-box", "my-box.local"},
                .addresses = {address("127.0.0.1"), address("192.168.7.5"), address("::1")}};
  }

  static Address address(const char* text) {
    const auto parsed = Address::parse(text);
    SOTTO_CHECK(parsed.has_value());
    return *parsed;
  }
  LocalCertificate ensure() {
    auto made = ensure_local_certificate(options_, clock_.now());
    SOTTO_CHECK(made.has_value());
    return std::move(*made);
  }
  std::string refused() {
    const auto made = ensure_local_certificate(options_, clock_.now());
    return made ? "made" : made.error().reason();
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }
  internal::KeyedCertificate read(const char* name) const {
    const auto pem = internal::read_key_file(options_.folder / name);
    SOTTO_CHECK(pem.has_value());
    auto parsed = internal::read_keyed_certificate(pem->reveal());
    SOTTO_CHECK(parsed.has_value());
    return std::move(*parsed);
  }
  TlsCertificate served() const {
    const auto context = TlsContext::create(
        {.certificate = options_.folder / "server.pem", .key = options_.folder / "server.pem"});
    SOTTO_CHECK(context.has_value());
    return (*context)->certificate();
  }
  /// What OpenSSL, as a client that trusts `ca`, says of a certificate.
  int verify(X509& ca, X509& certificate) const {
    const std::unique_ptr<X509_STORE, internal::OpensslEnd<X509_STORE_free>> store(
        X509_STORE_new());
    X509_STORE_add_cert(store.get(), &ca);
    const std::unique_ptr<X509_STORE_CTX, internal::OpensslEnd<X509_STORE_CTX_free>> context(
        X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), &certificate, nullptr);
    X509_STORE_CTX_set_default(context.get(), "ssl_server");
    X509_STORE_CTX_set_time(
        context.get(), 0,
        std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count());
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  }

  FakeClock clock_;
  std::filesystem::path root_;
  LocalCertificateOptions options_;
};

TEST_F(LocalCertificates, AreMadeForAllNames) {
  const LocalCertificate made = ensure();
  EXPECT_TRUE(made.made_ca);
  EXPECT_TRUE(made.made_certificate);
  EXPECT_THAT(made.left_out, IsEmpty());
  EXPECT_THAT(served().names, ElementsAre("localhost", "my-box", "my-box.local", "127.0.0.1",
                                          "192.168.7.5", "::1"));
  const auto ca = read("ca.pem");
  const auto server = read("server.pem");
  EXPECT_EQ(verify(*ca.certificate, *server.certificate), X509_V_OK);
  EXPECT_EQ(made.ca_fingerprint, internal::fingerprint_of(*ca.certificate));
  const auto published = runtime::read_file(made.ca_file, 10'000);
  ASSERT_TRUE(published);
  EXPECT_EQ(*published, made.ca_pem);
}

TEST_F(LocalCertificates, KeepTheirKeysToThemselves) {
  ensure();
  EXPECT_EQ(mode_of(options_.folder), 0700U);
  EXPECT_EQ(mode_of(options_.folder / "ca.pem"), 0600U);
  EXPECT_EQ(mode_of(options_.folder / "server.pem"), 0600U);
  const auto published = runtime::read_file(options_.folder / "ca.crt", 10'000);
  ASSERT_TRUE(published);
  EXPECT_EQ(published->find("PRIVATE KEY"), std::string::npos);
}

TEST_F(LocalCertificates, LastNoLongerThanClientsTake) {
  ensure();
  const TlsCertificate certificate = served();
  EXPECT_LE(certificate.not_after - certificate.not_before, 398 * kDay);
  EXPECT_LT(certificate.not_before, clock_.now());
}

TEST_F(LocalCertificates, StayWhereNothingIsDue) {
  const LocalCertificate first = ensure();
  const std::string fingerprint = served().fingerprint;
  clock_.advance(100 * kDay);
  const LocalCertificate second = ensure();
  EXPECT_FALSE(second.made_ca);
  EXPECT_FALSE(second.made_certificate);
  EXPECT_EQ(second.ca_fingerprint, first.ca_fingerprint);
  EXPECT_EQ(served().fingerprint, fingerprint);
}

TEST_F(LocalCertificates, AreMadeAnewTwoMonthsBeforeTheirEnd) {
  const LocalCertificate first = ensure();
  clock_.advance((397 - 60) * kDay);
  EXPECT_FALSE(ensure().made_certificate);
  clock_.advance(std::chrono::seconds(1));
  const LocalCertificate renewed = ensure();
  EXPECT_TRUE(renewed.made_certificate);
  EXPECT_FALSE(renewed.made_ca);
  EXPECT_EQ(renewed.ca_fingerprint, first.ca_fingerprint);
}

TEST_F(LocalCertificates, AreMadeAnewWhenTheMachineMovesToAnotherNetwork) {
  ensure();
  options_.addresses.push_back(address("10.1.2.3"));
  const LocalCertificate moved = ensure();
  EXPECT_TRUE(moved.made_certificate);
  EXPECT_FALSE(moved.made_ca);
  EXPECT_THAT(served().names, testing::Contains("10.1.2.3"));
}

TEST_F(LocalCertificates, AreMadeAnewWhereTheyAreDamaged) {
  ensure();
  std::ofstream(options_.folder / "server.pem") << "-----BEGIN CERTIFICATE-----\nrubbish";
  EXPECT_TRUE(ensure().made_certificate);
  const auto ca = read("ca.pem");
  EXPECT_EQ(verify(*ca.certificate, *read("server.pem").certificate), X509_V_OK);
}

TEST_F(LocalCertificates, AreMadeAnewUnderAnotherCa) {
  ensure();
  std::error_code failure;
  std::filesystem::remove(options_.folder / "ca.pem", failure);
  const LocalCertificate made = ensure();
  EXPECT_TRUE(made.made_ca);
  EXPECT_TRUE(made.made_certificate);
  EXPECT_EQ(verify(*read("ca.pem").certificate, *read("server.pem").certificate), X509_V_OK);
}

TEST_F(LocalCertificates, GetANewCaWhenItsTimeIsUp) {
  ensure();
  clock_.advance((3652 - 60) * kDay);
  EXPECT_FALSE(ensure().made_ca);
  // Never longer than the CA itself, or clients would refuse it.
  const auto ca = read("ca.pem");
  EXPECT_LE(served().not_after, internal::wall_time_of(X509_get0_notAfter(ca.certificate.get())));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(ensure().made_ca);
}

TEST_F(LocalCertificates, LeaveOutWhatTheirCaMayNotSignFor) {
  // Neither is private, but they were there when the CA was made.
  options_.addresses.push_back(address("8.8.4.4"));
  options_.addresses.push_back(address("192.0.2.2"));
  options_.names.push_back("sotto.example.org");
  EXPECT_THAT(ensure().left_out, IsEmpty());
  options_.addresses.push_back(address("8.8.8.8"));
  options_.names.push_back("sotto.example.com");
  options_.names.push_back("bad name,DNS:evil");
  options_.names.push_back("dev");
  const LocalCertificate made = ensure();
  EXPECT_THAT(made.left_out,
              ElementsAre("bad name,DNS:evil", "dev", "sotto.example.com", "8.8.8.8"));
  EXPECT_FALSE(made.made_certificate);
  EXPECT_EQ(verify(*read("ca.pem").certificate, *read("server.pem").certificate), X509_V_OK);
}

TEST_F(LocalCertificates, AreNotBelievedForOtherNames) {
  ensure();
  const auto ca = read("ca.pem");
  const auto forged = [&](internal::SubjectNames subject) {
    const auto made = internal::make_server_certificate(ca, subject, clock_.now());
    SOTTO_CHECK(made.has_value());
    return verify(*ca.certificate, *made->certificate);
  };
  EXPECT_EQ(forged({.names = {"other.local"}}), X509_V_OK);
  EXPECT_EQ(forged({.names = {"bank.example"}}), X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(forged({.names = {"localhost"}, .addresses = {address("9.9.9.9")}}),
            X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(forged({.addresses = {address("2606:4700::1111")}}), X509_V_ERR_PERMITTED_VIOLATION);
}

TEST_F(LocalCertificates, RefuseACaThatIsDamaged) {
  ensure();
  std::ofstream(options_.folder / "ca.pem") << "rubbish";
  EXPECT_EQ(refused(), "http.tls_local_broken");
  std::ofstream(options_.folder / "ca.pem") << "";
  EXPECT_EQ(refused(), "http.tls_local_broken");
}

TEST_F(LocalCertificates, RefuseACaThatOthersCanRead) {
  ensure();
  ASSERT_EQ(0, ::chmod((options_.folder / "ca.pem").c_str(), 0604));
  EXPECT_EQ(refused(), "http.tls_key_exposed");
}

TEST_F(LocalCertificates, SayWhereTheyCannotBeStored) {
  std::ofstream(root_ / "tls") << "a file";
  EXPECT_NE(refused(), "made");
}

TEST(MachineNames, BeginWithLoopback) {
  EXPECT_EQ(machine_names().front(), "localhost");
  const auto addresses = machine_addresses();
  ASSERT_GE(addresses.size(), 2U);
  EXPECT_EQ(addresses[0].to_string(), "127.0.0.1");
  EXPECT_EQ(addresses[1].to_string(), "::1");
}

TEST(DnsNames, AreTold) {
  for (const char* name : {"localhost", "a", "my-box.local", "1.example"})
    EXPECT_TRUE(internal::is_dns_name(name)) << name;
  EXPECT_TRUE(internal::is_dns_name(std::string(253, 'a')));
  EXPECT_FALSE(internal::is_dns_name(std::string(254, 'a')));
  for (const char* name : {"localhost", "my-box", "box2", "a.example", "nas.local"})
    EXPECT_TRUE(internal::can_be_constraint(name)) << name;
  for (const char* name : {"cloud", "nas", "xn--p1ai", "", "a b"})
    EXPECT_FALSE(internal::can_be_constraint(name)) << name;
  for (const char* name : {"", ".", "a.", ".a", "a..b", "-a", "a b", "a,b", "A", "a_b", "ä"})
    EXPECT_FALSE(internal::is_dns_name(name)) << name;
}

}  // namespace
}  // namespace sotto::http
