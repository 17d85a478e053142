#include "app/wire_tls.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/mutex.h"
#include "platform/http/address.h"
#include "platform/http/local_certificate.h"
#include "platform/http/tls_redirect.h"

namespace sotto::app {
namespace {

std::string as_host(const std::string& name) {
  return name.find(':') == std::string::npos ? name : '[' + name + ']';
}

/// What does not depend on where the certificate comes from.
class CertifiedTls : public ServiceTls {
 public:
  CertifiedTls(std::shared_ptr<http::TlsContext> context, obs::Log& log)
      : context_(std::move(context)), log_(log) {}

  std::shared_ptr<http::TlsContext> context() const override { return context_; }

  std::vector<std::string> hosts() const override {
    std::vector<std::string> hosts;
    for (const std::string& name : context_->certificate().names)
      if (name.find('*') == std::string::npos) hosts.push_back(as_host(name));
    return hosts;
  }

  Result<> reload() override {
    SOTTO_TRY(context_->reload());
    say_what_is_wrong();
    return {};
  }

  void say_what_is_wrong() const {
    const http::TlsCertificate certificate = context_->certificate();
    log_.write(obs::LogLevel::kInfo, "certificate", {{"fingerprint", certificate.fingerprint}});
    if (const auto warning = http::certificate_warning(certificate, SystemClock().now()))
      log_.write(obs::LogLevel::kWarning, "certificate_warning", {{"warning", *warning}});
  }

 protected:
  const std::shared_ptr<http::TlsContext> context_;
  obs::Log& log_;
};

class FileTls final : public CertifiedTls {
 public:
  FileTls(std::shared_ptr<http::TlsContext> context, std::chrono::seconds hsts, obs::Log& log)
      : CertifiedTls(std::move(context), log), hsts_(hsts) {}

  std::chrono::seconds hsts() const override { return hsts_; }
  void add_ca_route(http::Router& /*router*/) override {}
  void explain(const std::vector<http::Endpoint>& /*secure*/,
               const std::vector<http::Endpoint>& /*redirecting*/) const override {}

 private:
  const std::chrono::seconds hsts_;
};

class LocalTls final : public CertifiedTls {
 public:
  LocalTls(std::shared_ptr<http::TlsContext> context, std::filesystem::path folder,
           std::vector<std::string> names, http::LocalCertificate made, obs::Log& log)
      : CertifiedTls(std::move(context), log),
        folder_(std::move(folder)),
        names_(std::move(names)),
        made_(std::move(made)) {
    tell(made_);
  }

  std::chrono::seconds hsts() const override { return std::chrono::seconds(0); }

  void add_ca_route(http::Router& router) override {
    router.add({.pattern = kCaPath,
                .handler = [this](const CallContext&, http::Request&) -> Result<http::Response> {
                  const MutexLock lock(mutex_);
                  return http::Response::text(made_.ca_pem, "application/x-x509-ca-cert");
                },
                .options = {.immediate = true, .is_public = true}});
  }

  void explain(const std::vector<http::Endpoint>& secure,
               const std::vector<http::Endpoint>& redirecting) const override {
    const http::Endpoint& endpoint = redirecting.empty() ? secure.front() : redirecting.front();
    std::string host = endpoint.address;
    // Listening everywhere says nothing that a phone could reach.
    if (const auto address = http::Address::parse(host);
        address && (address->is_nil() || host == "0.0.0.0")) {
      const auto reachable = http::machine_addresses();
      const auto found =
          std::find_if(reachable.begin(), reachable.end(),
                       [](const http::Address& candidate) { return !candidate.is_loopback(); });
      host = found == reachable.end() ? "localhost" : found->to_string();
    }
    const std::string url = std::string(redirecting.empty() ? "https://" : "http://") +
                            as_host(host) + ':' + std::to_string(endpoint.port) + kCaPath;
    const MutexLock lock(mutex_);
    log_.write(obs::LogLevel::kInfo, "local_ca",
               {{"file", made_.ca_file.native()},
                {"fingerprint", made_.ca_fingerprint},
                {"url", url},
                {"help",
                 "open the url on a phone, compare the fingerprint, install the CA and trust it"}});
  }

  Result<> reload() override {
    SOTTO_ASSIGN(http::LocalCertificate made,
                 http::ensure_local_certificate(wanted(folder_, names_), SystemClock().now()));
    tell(made);
    {
      const MutexLock lock(mutex_);
      made_ = std::move(made);
    }
    return CertifiedTls::reload();
  }

  static http::LocalCertificateOptions wanted(const std::filesystem::path& folder,
                                              const std::vector<std::string>& names) {
    return {.folder = folder, .names = names, .addresses = http::machine_addresses()};
  }

 private:
  void tell(const http::LocalCertificate& made) const {
    if (made.made_ca)
      log_.write(obs::LogLevel::kWarning, "local_ca_made",
                 {{"file", made.ca_file.native()},
                  {"help", "devices that are to trust this server must install it"}});
    for (const std::string& name : made.left_out)
      log_.write(
          obs::LogLevel::kWarning, "certificate_name_left_out",
          {{"name", name}, {"help", "the CA was made without it; remove ca.pem to make another"}});
  }

  const std::filesystem::path folder_;
  const std::vector<std::string> names_;
  mutable Mutex mutex_;
  http::LocalCertificate made_ SOTTO_GUARDED_BY(mutex_);
};

/// This machine's names and those it was given.
std::vector<std::string> local_names(const std::vector<std::string>& hosts) {
  std::vector<std::string> names = http::machine_names();
  for (std::string host : hosts) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool is_address = host.find(':') != std::string::npos || http::Address::parse(host);
    if (!is_address && std::find(names.begin(), names.end(), host) == names.end())
      names.push_back(std::move(host));
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<ServiceTls>> ServiceTls::create(const TlsOptions& options,
                                                       const std::filesystem::path& data,
                                                       const std::vector<std::string>& hosts,
                                                       obs::Log& log) {
  switch (options.mode) {
    case TlsMode::kOff:
      if (!options.redirect_listen.empty())
        return Error(ErrorCode::kInvalidArgument, "app.bad_setting",
                     "A listener that redirects to TLS needs TLS: say --tls local or --tls files.");
      return std::unique_ptr<ServiceTls>();
    case TlsMode::kFiles: {
      if (options.files.certificate.empty() || options.files.key.empty())
        return Error(ErrorCode::kInvalidArgument, "app.bad_setting",
                     "--tls files needs --tls-certificate and --tls-key.");
      SOTTO_ASSIGN(auto context, http::TlsContext::create(options.files));
      auto tls = std::make_unique<FileTls>(std::move(context), options.hsts, log);
      tls->say_what_is_wrong();
      return std::unique_ptr<ServiceTls>(std::move(tls));
    }
    case TlsMode::kLocal: {
      const std::filesystem::path folder = data / "tls";
      std::vector<std::string> names = local_names(hosts);
      SOTTO_ASSIGN(
          http::LocalCertificate made,
          http::ensure_local_certificate(LocalTls::wanted(folder, names), SystemClock().now()));
      SOTTO_ASSIGN(auto context, http::TlsContext::create(made.files));
      auto tls = std::make_unique<LocalTls>(std::move(context), folder, std::move(names),
                                            std::move(made), log);
      tls->say_what_is_wrong();
      return std::unique_ptr<ServiceTls>(std::move(tls));
    }
  }
  return std::unique_ptr<ServiceTls>();
}

Result<std::unique_ptr<http::Server>> start_redirect(
    const TlsOptions& options, ServiceTls& tls, const http::LiveMiddlewareOptions& live,
    std::uint16_t secure_port, std::vector<std::unique_ptr<http::Middleware>> middleware) {
  if (options.redirect_listen.empty()) return std::unique_ptr<http::Server>();
  if (!options.public_url.empty()) SOTTO_TRY(http::parse_public_url(options.public_url));
  http::Router router;
  tls.add_ca_route(router);
  middleware.push_back(http::redirect_to_tls(live, secure_port));
  return http::Server::start({.listen = options.redirect_listen, .handler_threads = 1},
                             std::move(router), std::move(middleware));
}

}  // namespace sotto::app
