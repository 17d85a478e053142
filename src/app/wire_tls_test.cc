// TLS through the whole service, on real sockets.
#include "app/wire_tls.h"

#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/service.h"
#include "platform/http/testing/raw_client.h"
#include "platform/http/testing/tls_client.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::app {
namespace {

CallContext soon() { return CallContext::with_timeout(std::chrono::minutes(1)); }

using testing::HasSubstr;

constexpr std::string_view kAsk = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

class TlsServices : public testing::Test {
 public:
  ~TlsServices() override {
    std::error_code ignored;
    std::filesystem::remove_all(options_.data.parent_path(), ignored);
  }

 protected:
  TlsServices() : log_(null_.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock_) {
    std::string name = testing::TempDir() + "sotto_service_XXXXXX";
    SOTTO_CHECK(::mkdtemp(name.data()) != nullptr);
    options_.data = std::filesystem::path(name) / "data";
    options_.listen = {{.address = "127.0.0.1"}};
    options_.tls.mode = TlsMode::kLocal;
  }

  std::unique_ptr<Service> start() {
    auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
    SOTTO_CHECK(service.has_value());
    return std::move(*service);
  }
  std::string refused() {
    const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
    return service ? "started" : service.error().reason();
  }
  /// Trusts the CA of the data folder.
  http::TlsClientOptions trusting() const {
    return {.ca_file = options_.data / "tls" / "ca.crt", .now = clock_.now()};
  }
  std::string ask(const http::Endpoint& endpoint, std::string_view request = kAsk) const {
    http::TlsClient client(endpoint, trusting());
    EXPECT_TRUE(client.is_connected()) << client.failure();
    return client.exchange(request);
  }

  SystemClock clock_;
  runtime::UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  obs::Log log_;
  ServiceOptions options_;
};

TEST_F(TlsServices, AnswerWithACertificateOfTheirOwn) {
  const auto service = start();
  const std::string answer = ask(service->endpoints().front());
  EXPECT_EQ(http::body_of_answer(answer), "{\"status\":\"ready\"}");
  // It would hold for whatever else runs on this machine.
  EXPECT_EQ(http::field_of_answer(answer, "Strict-Transport-Security"), "");
}

TEST_F(TlsServices, KeepTheirCaOverARestart) {
  start();
  const auto service = start();
  EXPECT_EQ(http::status_of_answer(ask(service->endpoints().front())), 200);
}

TEST_F(TlsServices, MayListenOnTheNetwork) {
  options_.listen = {{.address = "0.0.0.0"}};
  options_.tls.redirect_listen = {{.address = "0.0.0.0"}};
  const auto service = start();
  const http::Endpoint endpoint{.address = "127.0.0.1", .port = service->endpoints().front().port};
  EXPECT_EQ(http::status_of_answer(ask(endpoint)), 200);
}

TEST_F(TlsServices, SendPlainTextToTls) {
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  const auto service = start();
  const auto redirecting = service->redirect_endpoints();
  ASSERT_EQ(redirecting.size(), 1U);
  std::string answer = http::RawClient::exchange(redirecting.front(), kAsk);
  EXPECT_EQ(http::status_of_answer(answer), 308);
  EXPECT_EQ(http::field_of_answer(answer, "Location"),
            "https://localhost:" + std::to_string(service->endpoints().front().port) + "/health");
  EXPECT_THAT(http::field_of_answer(answer, "Content-Security-Policy"), HasSubstr("'none'"));
  answer = http::RawClient::exchange(redirecting.front(),
                                     "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(http::status_of_answer(answer), 421);
}

TEST_F(TlsServices, SendPlainTextToTheirPublicUrl) {
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  options_.tls.public_url = "https://sotto.example.org";
  const auto service = start();
  const std::string answer = http::RawClient::exchange(service->redirect_endpoints().front(), kAsk);
  EXPECT_EQ(http::field_of_answer(answer, "Location"), "https://sotto.example.org/health");
}

TEST_F(TlsServices, SendPlainTextByTheNamesOfNow) {
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  const auto service = start();
  const auto location = [&](const std::string& host) {
    return http::field_of_answer(
        http::RawClient::exchange(service->redirect_endpoints().front(),
                                  "GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n"),
        "Location");
  };
  const std::string port = ':' + std::to_string(service->endpoints().front().port);
  EXPECT_EQ(location("speech.example.org"), "");
  options_.hosts = {"Speech.Example.org"};
  service->reload(options_);
  EXPECT_EQ(location("speech.example.org"), "https://speech.example.org" + port + "/health");
  options_.hosts = {};
  service->reload(options_);
  EXPECT_EQ(location("speech.example.org"), "");

  options_.tls.public_url = "https://one.example.org/";
  service->reload(options_);
  EXPECT_EQ(location("localhost"), "https://one.example.org/health");
  options_.tls.public_url = "https://two.example.org:8443";
  service->reload(options_);
  EXPECT_EQ(location("localhost"), "https://two.example.org:8443/health");
  options_.tls.public_url = "";
  service->reload(options_);
  EXPECT_EQ(location("localhost"), "https://localhost" + port + "/health");
}

TEST_F(TlsServices, KeepTheirPublicUrlWhereTheNewOneCannotBe) {
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  options_.tls.public_url = "https://one.example.org";
  const auto service = start();
  options_.tls.public_url = "http://two.example.org";
  service->reload(options_);
  const std::string answer = http::RawClient::exchange(service->redirect_endpoints().front(), kAsk);
  EXPECT_EQ(http::field_of_answer(answer, "Location"), "https://one.example.org/health");
}

TEST_F(TlsServices, GiveTheirCaToDevices) {
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  const auto service = start();
  constexpr std::string_view kGetCa = "GET /tls/ca.crt HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const std::string& answer :
       {http::RawClient::exchange(service->redirect_endpoints().front(), kGetCa),
        ask(service->endpoints().front(), kGetCa)}) {
    EXPECT_EQ(http::field_of_answer(answer, "Content-Type"), "application/x-x509-ca-cert");
    EXPECT_THAT(http::body_of_answer(answer), HasSubstr("-----BEGIN CERTIFICATE-----"));
    EXPECT_THAT(http::body_of_answer(answer), testing::Not(HasSubstr("PRIVATE")));
  }
}

TEST_F(TlsServices, TakeFilesAndSayThatTlsIsHere) {
  start();  // Makes a certificate.
  const auto file = options_.data / "tls" / "server.pem";
  options_.tls.mode = TlsMode::kFiles;
  options_.tls.files = {.certificate = file, .key = file};
  const auto service = start();
  EXPECT_EQ(http::field_of_answer(ask(service->endpoints().front()), "Strict-Transport-Security"),
            "max-age=15552000");
}

TEST_F(TlsServices, TakeUpANewCertificate) {
  const auto service = start();
  const http::Endpoint& endpoint = service->endpoints().front();
  http::TlsClient before(endpoint, trusting());
  std::error_code failure;
  std::filesystem::remove(options_.data / "tls" / "server.pem", failure);
  ASSERT_TRUE(service->reload_certificate());
  http::TlsClient after(endpoint, trusting());
  ASSERT_TRUE(after.is_connected()) << after.failure();
  EXPECT_NE(after.fingerprint(), before.fingerprint());
  EXPECT_EQ(http::status_of_answer(before.exchange(kAsk)), 200);
}

TEST_F(TlsServices, KeepTheirCertificateWhereItCannotBeRenewed) {
  const auto service = start();
  std::error_code failure;
  std::filesystem::permissions(options_.data / "tls" / "ca.pem", std::filesystem::perms::all,
                               failure);
  const auto reloaded = service->reload_certificate();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().reason(), "http.tls_key_exposed");
  EXPECT_EQ(http::status_of_answer(ask(service->endpoints().front())), 200);
}

TEST_F(TlsServices, StayPlainOnUnixSockets) {
  const std::string path = options_.data.parent_path().string() + "/sotto.sock";
  options_.listen.push_back({.unix_path = path});
  const auto service = start();
  const std::string answer = http::RawClient::exchange({.unix_path = path}, kAsk);
  EXPECT_EQ(http::body_of_answer(answer), "{\"status\":\"ready\"}");
}

TEST_F(TlsServices, RefuseSettingsThatDoNotFit) {
  options_.listen = {{.unix_path = options_.data.parent_path().string() + "/sotto.sock"}};
  EXPECT_EQ(refused(), "app.bad_setting");
  options_.listen = {{.address = "127.0.0.1"}};
  options_.tls.mode = TlsMode::kFiles;
  EXPECT_EQ(refused(), "app.bad_setting");
  options_.tls.mode = TlsMode::kOff;
  options_.tls.redirect_listen = {{.address = "127.0.0.1"}};
  EXPECT_EQ(refused(), "app.bad_setting");
  options_.tls.mode = TlsMode::kLocal;
  options_.tls.public_url = "http://sotto.example.org";
  EXPECT_EQ(refused(), "http.bad_options");
}

class UnixServices : public TlsServices {};

TEST_F(UnixServices, CountAllTheirClientsAsOne) {
  const std::string path = options_.data.parent_path().string() + "/sotto.sock";
  options_.tls.mode = TlsMode::kOff;
  options_.listen = {{.unix_path = path}};
  options_.rates.front().per_minute = 1;  // The burst stays what it is.
  const auto service = start();
  const http::Endpoint endpoint{.unix_path = path};
  std::string last = "none";
  for (int i = 0; i < 2; ++i) {
    const std::string answer = http::RawClient::exchange(endpoint, kAsk);
    EXPECT_EQ(http::status_of_answer(answer), 200);
    EXPECT_THAT(http::field_of_answer(answer, "Content-Security-Policy"), HasSubstr("'none'"));
    const std::string left = http::field_of_answer(answer, "RateLimit-Remaining");
    EXPECT_NE(left, last);
    last = left;
  }
  EXPECT_EQ(http::status_of_answer(http::RawClient::exchange(
                endpoint, "GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
            421);
}

}  // namespace
}  // namespace sotto::app
