// TLS over real sockets of the loopback, spoken by OpenSSL's own client.
#include "platform/http/tls.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <thread>

#include "base/testing/fake_clock.h"
#include "platform/http/internal/local_ca.h"
#include "platform/http/local_certificate.h"
#include "platform/http/testing/raw_client.h"
#include "platform/http/testing/tls_client.h"
#include "platform/runtime/file.h"

namespace sotto::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: here\r\n\r\n";
constexpr std::string_view kGetView = "GET /view HTTP/1.1\r\nHost: here\r\n\r\n";
constexpr std::size_t kViewSize = 1'000'000;

/// A view that counts upward, so that any byte of it can be checked.
class CountingView final : public ByteView {
 public:
  std::uint64_t size() const override { return kViewSize; }
  Result<std::size_t> read(const CallContext& /*context*/, std::uint64_t offset,
                           std::span<std::byte> into) override {
    const auto count = std::min<std::uint64_t>(into.size(), kViewSize - offset);
    for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<std::byte>((offset + i) % 251);
    return static_cast<std::size_t>(count);
  }
};

bool counts_upward(std::string_view body) {
  if (body.size() != kViewSize) return false;
  for (std::size_t i = 0; i < body.size(); ++i)
    if (static_cast<unsigned char>(body[i]) != i % 251) return false;
  return true;
}

/// A folder with a CA and a certificate for localhost.
class TlsFolder : public testing::Test {
 public:
  ~TlsFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

 protected:
  TlsFolder() {
    std::string name = testing::TempDir() + "sotto_tls_XXXXXX";
    SOTTO_CHECK(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    make_certificate();
  }

  void make_certificate() {
    const auto loopback = Address::parse("127.0.0.1");
    auto made = ensure_local_certificate(
        {.folder = folder_, .names = {"localhost"}, .addresses = {*loopback}}, clock_.now());
    SOTTO_CHECK(made.has_value());
    local_ = std::move(*made);
  }
  /// Another certificate of the same CA in the same place.
  void renew_certificate() {
    std::error_code failure;
    std::filesystem::remove(local_.files.certificate, failure);
    make_certificate();
  }
  std::filesystem::path write(const char* name, std::string_view text, mode_t mode = 0600) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    SOTTO_CHECK(::chmod(path.c_str(), mode) == 0);
    return path;
  }
  std::string refused(const TlsFiles& files) {
    const auto context = TlsContext::create(files);
    return context ? "taken" : context.error().reason();
  }

  FakeClock clock_;
  std::filesystem::path folder_;
  LocalCertificate local_;
};

class TlsServers : public TlsFolder {
 protected:
  void start(ServerOptions options = {}) {
    auto context = TlsContext::create(local_.files);
    SOTTO_CHECK(context.has_value());
    context_ = *context;
    options.tls = context_;
    options.listen = {{.address = "127.0.0.1", .secure = true}, {.address = "127.0.0.1"}};
    auto server = Server::start(std::move(options), table(), {});
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }

  static Router table() {
    Router router;
    router.add({.pattern = "/hello",
                .handler = [](const CallContext&, Request& request) -> Result<Response> {
                  return Response::text(request.secure ? "secure" : "plain");
                },
                .options = {.immediate = true}});
    router.add({.method = Method::kPost,
                .pattern = "/echo",
                .handler = [](const CallContext&, Request& request) -> Result<Response> {
                  return Response::text(std::string(request.body.bytes()));
                },
                .options = {.body_max = 200'000}});
    router.add(
        {.pattern = "/view", .handler = [](const CallContext&, Request&) -> Result<Response> {
           Response response{.content_type = "application/octet-stream"};
           response.view = std::make_unique<CountingView>();
           response.allows_ranges = true;
           return response;
         }});
    return router;
  }

  const Endpoint& endpoint() const { return server_->endpoints()[0]; }
  TlsClientOptions trusting() const { return {.ca_file = local_.ca_file, .now = clock_.now()}; }
  bool still_serves() const {
    TlsClient client(endpoint(), trusting());
    return body_of_answer(client.exchange(kGet)) == "secure";
  }

  std::shared_ptr<TlsContext> context_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsServers, AnswerClientsThatTrustTheirCa) {
  start();
  for (const char* name : {"localhost", "127.0.0.1"}) {
    TlsClientOptions options = trusting();
    options.name = name;
    TlsClient client(endpoint(), options);
    ASSERT_TRUE(client.is_connected()) << client.failure();
    EXPECT_EQ(SSL_version(client.end()), TLS1_3_VERSION);
    EXPECT_EQ(body_of_answer(client.exchange(kGet)), "secure");
  }
  EXPECT_EQ(body_of_answer(RawClient::exchange(server_->endpoints()[1], kGet)), "plain");
}

TEST_F(TlsServers, AreRefusedForAnotherName) {
  start();
  TlsClientOptions options = trusting();
  options.name = "elsewhere";
  EXPECT_FALSE(TlsClient(endpoint(), options).is_connected());
}

TEST_F(TlsServers, SpeakTls12WithForwardSecrecyAlone) {
  start();
  TlsClientOptions options = trusting();
  options.version_max = TLS1_2_VERSION;
  TlsClient client(endpoint(), options);
  ASSERT_TRUE(client.is_connected()) << client.failure();
  EXPECT_EQ(SSL_version(client.end()), TLS1_2_VERSION);
  EXPECT_STREQ(SSL_get_cipher(client.end()), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(body_of_answer(client.exchange(kGet)), "secure");
}

TEST_F(TlsServers, RefuseOldVersions) {
  start();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClientOptions options = trusting();
    options.version_min = options.version_max = version;
    const TlsClient client(endpoint(), options);
    EXPECT_FALSE(client.is_connected());
    EXPECT_THAT(client.failure(), HasSubstr("alert protocol version"));
  }
  EXPECT_TRUE(still_serves());
}

TEST_F(TlsServers, AgreeOnHttp11) {
  start();
  TlsClientOptions options = trusting();
  options.alpn = std::string("\x02h2\x08http/1.1");
  TlsClient client(endpoint(), options);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.end(), &chosen, &size);
  EXPECT_EQ(std::string(chosen, chosen + size), "http/1.1");
  options.alpn = std::string("\x02h2");
  const TlsClient other(endpoint(), options);
  EXPECT_FALSE(other.is_connected());
  EXPECT_THAT(other.failure(), HasSubstr("no application protocol"));
}

TEST_F(TlsServers, AnswerPipelinedRequestsInTheirOrder) {
  start();
  TlsClient client(endpoint(), trusting());
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests +=
        "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(body_of_answer(client.receive()), std::to_string(100 + i));
}

TEST_F(TlsServers, TakeARequestOfOneByteARecord) {
  start();
  TlsClient client(endpoint(), trusting());
  for (const char byte : kGet) client.send({&byte, 1});
  EXPECT_EQ(body_of_answer(client.receive()), "secure");
}

TEST_F(TlsServers, TakeABodyOfManyRecords) {
  start();
  TlsClient client(endpoint(), trusting());
  std::string body;
  while (body.size() < 200'000) body += std::to_string(body.size()) + ' ';
  body.resize(200'000);
  EXPECT_EQ(body_of_answer(client.exchange(
                "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 200000\r\n\r\n" + body)),
            body);
}

TEST_F(TlsServers, StreamAViewWhole) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClientOptions options = trusting();
    options.version_max = version;
    TlsClient client(endpoint(), options);
    EXPECT_TRUE(counts_upward(body_of_answer(client.exchange(kGetView))));
  }
}

TEST_F(TlsServers, WaitForAClientThatReadsLate) {
  start();
  TlsClient client(endpoint(), trusting());
  // More than the sockets' buffers hold: writes end in the middle of records, and are gone on with.
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.send(kGetView));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(counts_upward(body_of_answer(client.receive()))) << i;
}

TEST_F(TlsServers, GoOnThroughChangesOfKeys) {
  start();
  TlsClient client(endpoint(), trusting());
  // Each asks the server for a change of its own keys, which it must write while it only reads.
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(1, SSL_key_update(client.end(), SSL_KEY_UPDATE_REQUESTED));
    ASSERT_TRUE(client.send(kGetView));
  }
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(counts_upward(body_of_answer(client.receive()))) << i;
}

TEST_F(TlsServers, DoNotRenegotiate) {
  start();
  TlsClientOptions options = trusting();
  options.version_max = TLS1_2_VERSION;
  TlsClient client(endpoint(), options);
  ASSERT_TRUE(client.is_connected());
  ASSERT_EQ(1, SSL_renegotiate(client.end()));
  EXPECT_NE(1, SSL_do_handshake(client.end()));
  EXPECT_THAT(internal::openssl_failure(), HasSubstr("no renegotiation"));
  EXPECT_TRUE(still_serves());
}

TEST_F(TlsServers, DoNotResume) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClientOptions options = trusting();
    options.version_max = version;
    TlsClient first(endpoint(), options);
    EXPECT_EQ(body_of_answer(first.exchange(kGet)), "secure");
    const std::unique_ptr<SSL_SESSION, internal::OpensslEnd<SSL_SESSION_free>> session(
        SSL_get1_session(first.end()));
    EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 0);
    options.resume = session.get();
    TlsClient second(endpoint(), options);
    ASSERT_TRUE(second.is_connected()) << second.failure();
    EXPECT_EQ(SSL_session_reused(second.end()), 0);
    EXPECT_EQ(body_of_answer(second.exchange(kGet)), "secure");
  }
}

TEST_F(TlsServers, ExplainThemselvesToClientsThatSpeakPlainText) {
  start();
  for (const char* line : {"GET /hello", "DELETE /hello", "PROPFIND /"}) {
    RawClient client(endpoint());
    client.send(std::string(line) + " HTTP/1.1\r\nHost: here\r\n\r\n");
    const std::string answer = client.receive();
    EXPECT_EQ(status_of_answer(answer), 400) << line;
    EXPECT_THAT(body_of_answer(answer), HasSubstr("http.plain_on_tls_port"));
    EXPECT_EQ(field_of_answer(answer, "Connection"), "close");
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_TRUE(still_serves());
}

TEST_F(TlsServers, CloseOnGarbage) {
  start();
  const std::string long_record = std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x');
  for (const std::string& garbage :
       {std::string(100, '\0'), "\x80\x2e\x01\x03\x01" + std::string(100, 'x'),
        std::string(10'000, '\xff'), long_record, std::string("\x16\x03\x01\x00\x05hello", 10),
        std::string("\x15\x03\x03\0\2\2\0", 7)}) {
    RawClient client(endpoint());
    client.send(garbage);
    EXPECT_EQ(client.receive_all().find("HTTP/"), std::string::npos);
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_TRUE(still_serves());
}

TEST_F(TlsServers, ForgetHandshakesThatAreCut) {
  start();
  for (int i = 0; i < 20; ++i) {
    RawClient client(endpoint());
    client.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  while (server_->connection_count() > 0) std::this_thread::yield();
  EXPECT_TRUE(still_serves());
}

TEST_F(TlsServers, EndAHandshakeThatTakesTooLong) {
  start({.header_timeout = milliseconds(100)});
  RawClient silent(endpoint());
  RawClient slow(endpoint());
  slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(slow.is_closed());
}

TEST_F(TlsServers, SayTheirEnd) {
  start();
  TlsClient client(endpoint(), trusting());
  EXPECT_EQ(body_of_answer(client.exchange(kGet)), "secure");
  server_->stop();
  EXPECT_TRUE(client.is_ended());
}

TEST_F(TlsServers, CloseWithoutAWordWhereTooManyConnect) {
  start({.connections_max = 1});
  TlsClient first(endpoint(), trusting());
  ASSERT_TRUE(first.is_connected());
  RawClient second(endpoint());
  EXPECT_EQ(second.receive_all(), "");
}

TEST_F(TlsServers, ShowANewCertificateToNewConnections) {
  start();
  TlsClient before(endpoint(), trusting());
  const std::string old_one = before.fingerprint();
  EXPECT_EQ(old_one, context_->certificate().fingerprint);
  renew_certificate();
  ASSERT_TRUE(context_->reload());
  TlsClient after(endpoint(), trusting());
  ASSERT_TRUE(after.is_connected()) << after.failure();
  EXPECT_NE(after.fingerprint(), old_one);
  EXPECT_EQ(body_of_answer(after.exchange(kGet)), "secure");
  EXPECT_EQ(body_of_answer(before.exchange(kGet)), "secure");
}

TEST_F(TlsServers, KeepTheirCertificateWhereTheNewOneIsBroken) {
  start();
  const std::string fingerprint = context_->certificate().fingerprint;
  std::ofstream(local_.files.certificate) << "rubbish";
  const auto reloaded = context_->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().reason(), "http.tls_certificate_unreadable");
  TlsClient client(endpoint(), trusting());
  EXPECT_EQ(client.fingerprint(), fingerprint);
}

TEST_F(TlsServers, ReloadWhileClientsConnect) {
  start({.io_threads = 2});
  const std::jthread reloads([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) EXPECT_TRUE(context_->reload());
  });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(still_serves());
}

class TlsFilesTaken : public TlsFolder {
 protected:
  static std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
    const internal::BioPtr bio(BIO_new(BIO_s_mem()));
    SOTTO_CHECK(PEM_write_bio_PKCS8PrivateKey(
                    bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_256_cbc(), passphrase,
                    passphrase == nullptr ? 0 : static_cast<int>(std::strlen(passphrase)), nullptr,
                    nullptr) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
  /// A self-signed certificate and its key.
  static std::string self_signed(const internal::KeyPtr& key, const EVP_MD* hash) {
    const internal::X509Ptr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 1000);
    X509_set_pubkey(certificate.get(), key.get());
    SOTTO_CHECK(X509_sign(certificate.get(), key.get(), hash) != 0);
    const auto pem = internal::certificate_pem(*certificate);
    SOTTO_CHECK(pem.has_value());
    return *pem + pem_of(key.get());
  }
  std::string own_pem() const {
    const auto text = runtime::read_file(local_.files.certificate, 100'000);
    SOTTO_CHECK(text.has_value());
    return *text;
  }
};

TEST_F(TlsFilesTaken, AreEcOrRsaOfEnoughBits) {
  const auto ec = write("ec.pem", self_signed(internal::KeyPtr(EVP_EC_gen("P-384")), EVP_sha384()));
  EXPECT_EQ(refused({ec, ec}), "taken");
  const auto rsa = write("rsa.pem", self_signed(internal::KeyPtr(EVP_RSA_gen(2048)), EVP_sha256()));
  EXPECT_EQ(refused({rsa, rsa}), "taken");
  const auto small =
      write("small.pem", self_signed(internal::KeyPtr(EVP_RSA_gen(1024)), EVP_sha256()));
  EXPECT_EQ(refused({small, small}), "http.tls_certificate_weak");
}

TEST_F(TlsFilesTaken, AreReadableByTheirGroupAtMost) {
  for (const mode_t mode : {0400U, 0600U, 0640U, 0440U}) {
    const auto key = write("key.pem", own_pem(), mode);
    EXPECT_EQ(refused({local_.files.certificate, key}), "taken") << std::oct << mode;
  }
  for (const mode_t mode : {0644U, 0604U, 0602U, 0620U}) {
    const auto key = write("key.pem", own_pem(), mode);
    EXPECT_EQ(refused({local_.files.certificate, key}), "http.tls_key_exposed") << std::oct << mode;
  }
}

TEST_F(TlsFilesTaken, BelongTogether) {
  const auto other = write("other.pem", pem_of(internal::KeyPtr(EVP_EC_gen("P-256")).get()));
  EXPECT_EQ(refused({local_.files.certificate, other}), "http.tls_key_mismatch");
}

TEST_F(TlsFilesTaken, HoldACertificate) {
  EXPECT_EQ(refused({folder_ / "missing.pem", local_.files.key}), "runtime.not_found");
  EXPECT_EQ(refused({folder_, local_.files.key}), "runtime.is_a_folder");
  const std::string pem = own_pem();
  const auto ends = pem.find("-----END CERTIFICATE");
  for (const std::string& text :
       {std::string(), std::string("rubbish"), pem.substr(0, ends),
        pem.substr(pem.find("-----BEGIN CERTIFICATE"), 200) + "\n-----END CERTIFICATE-----\n",
        pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const auto broken = write("broken.pem", text);
    EXPECT_EQ(refused({broken, local_.files.key}), "http.tls_certificate_unreadable") << text;
  }
}

TEST_F(TlsFilesTaken, HoldNoMoreThanAChain) {
  const std::string pem = own_pem();
  const std::string certificate = pem.substr(pem.find("-----BEGIN CERTIFICATE"));
  std::string chain;
  for (int i = 0; i < 16; ++i) chain += certificate;
  EXPECT_EQ(refused({write("chain.pem", chain), local_.files.key}), "taken");
  EXPECT_EQ(refused({write("chain.pem", chain + certificate), local_.files.key}),
            "http.tls_certificate_unreadable");
  EXPECT_EQ(refused({write("chain.pem", std::string(300'000, ' ')), local_.files.key}),
            "runtime.file_too_large");
}

TEST_F(TlsFilesTaken, HoldAKeyWithoutAPassphrase) {
  EXPECT_EQ(refused({local_.files.certificate, folder_ / "missing.pem"}), "runtime.not_found");
  const internal::KeyPtr key(EVP_EC_gen("P-256"));
  for (const std::string& text : {std::string(), std::string("rubbish"),
                                  pem_of(key.get(), "secret"), pem_of(key.get()).substr(0, 100)}) {
    EXPECT_EQ(refused({local_.files.certificate, write("key.pem", text)}),
              "http.tls_key_unreadable")
        << text;
  }
}

TEST(TlsOptions, NeedACertificateWhereTheySpeakTls) {
  const auto valid = validate({.listen = {{.address = "127.0.0.1", .secure = true}}});
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().reason(), "http.bad_options");
}

TEST(LocalCas, RefuseNamesThatAreNone) {
  const auto made = internal::make_ca({.names = {"a,b:c"}}, WallTime(hours(24 * 365 * 50)));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason(), "http.tls_unavailable");
}

TEST(CertificateWarnings, ComeTwoWeeksBeforeTheEnd) {
  const WallTime begin(hours(1000));
  const TlsCertificate certificate{.not_before = begin, .not_after = begin + hours(24 * 100)};
  const auto at = [&](hours after) {
    return certificate_warning(certificate, begin + after).value_or("none");
  };
  EXPECT_THAT(at(hours(-1)), HasSubstr("not valid yet"));
  EXPECT_EQ(at(hours(0)), "none");
  EXPECT_EQ(at(hours(24 * 86 - 1)), "none");
  EXPECT_THAT(at(hours(24 * 86)), HasSubstr("ends in 14 days"));
  EXPECT_THAT(at(hours(24 * 100 - 1)), HasSubstr("ends in 0 days"));
  EXPECT_THAT(at(hours(24 * 100)), HasSubstr("has ended"));
}

}  // namespace
}  // namespace sotto::http
