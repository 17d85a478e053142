#include "app/service.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/routes.h"
#include "app/service_metrics.h"
#include "app/service_options.h"
#include "platform/config/loader.h"
#include "platform/http/standard_middleware.h"
#include "platform/http/tls_redirect.h"
#include "platform/obs/metrics.h"
#include "platform/obs/process_metrics.h"
#include "platform/runtime/file.h"
#include "platform/runtime/file_lock.h"
#include "platform/runtime/system_error.h"

namespace sotto::app {
namespace {

constexpr std::chrono::milliseconds kLockWait{200};
constexpr std::chrono::minutes kOpenTime{10};  // After an unclean stop all of the file is read.
constexpr const char* kSpoolFolder = "spool";
constexpr std::size_t kHostNameMax = 256;
constexpr std::size_t kTokenMin = 16;  // Below, it could be guessed.
constexpr std::size_t kTokenMax = 1024;

Error bad_setting(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "app.bad_setting", std::move(message));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The names that requests may carry: this machine's, those listened on, and those it was given.
std::vector<std::string> known_hosts(const ServiceOptions& options, const ServiceTls* tls) {
  std::vector<std::string> hosts{"localhost", "127.0.0.1", "[::1]"};
  std::array<char, kHostNameMax> machine{};
  if (::gethostname(machine.data(), machine.size() - 1) == 0)
    hosts.push_back(lower(machine.data()));
  for (const auto* listen : {&options.listen, &options.metrics_listen}) {
    for (const http::Endpoint& endpoint : *listen) {
      if (!endpoint.unix_path.empty()) continue;
      const bool v6 = endpoint.address.find(':') != std::string::npos;
      hosts.push_back(v6 ? '[' + endpoint.address + ']' : endpoint.address);
    }
  }
  for (const std::string& host : options.hosts) hosts.push_back(lower(host));
  if (tls != nullptr)
    for (const std::string& host : tls->hosts()) hosts.push_back(lower(host));
  return hosts;
}

http::StandardMiddlewareOptions middleware_options(const ServiceOptions& options,
                                                   const ServiceTls* tls) {
  http::StandardMiddlewareOptions result{.trusted_proxies = options.trusted_proxies,
                                         .hosts = known_hosts(options, tls),
                                         .rates = options.rates};
  for (const std::string& origin : options.cors_origins)
    result.cors_origins.push_back(lower(origin));
  if (tls != nullptr) {
    result.hsts = tls->hsts();
    if (const auto url = http::parse_public_url(options.tls.public_url)) result.public_url = *url;
  }
  return result;
}

Result<runtime::FileLock> open_data(const std::filesystem::path& data) {
  std::error_code failure;
  const bool made = std::filesystem::create_directories(data, failure);
  if (!failure && made)
    std::filesystem::permissions(data, std::filesystem::perms::owner_all, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the data folder " + data.string());
  auto lock =
      runtime::FileLock::acquire(CallContext::with_timeout(kLockWait), data / "server.lock");
  if (!lock && lock.error().code() == ErrorCode::kDeadlineExceeded)
    return Error(ErrorCode::kConflict, "app.data_in_use",
                 "Another Sotto server uses the data folder " + data.string() + ".");
  return lock;
}

/// Empty where no file is named.
Result<Secret> read_metrics_token(const std::filesystem::path& path) {
  if (path.empty()) return Secret();
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && config::exposes_secret(status.st_mode))
    return bad_setting("The file of the metrics' token, " + path.string() +
                       ", can be read or changed by others. chmod 600 it.");
  SOTTO_ASSIGN(std::string text, runtime::read_file(path, kTokenMax + 1));
  if (text.ends_with('\n')) text.pop_back();
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  Secret token(std::move(text));
  if (!plain || token.reveal().size() < kTokenMin || token.reveal().size() > kTokenMax)
    return bad_setting("The file of the metrics' token, " + path.string() +
                       ", must hold one line of 16 to 1,024 printable characters without spaces, "
                       "such as the output of: openssl rand -hex 32");
  return token;
}

class RunningService final : public Service {
 public:
  RunningService(runtime::FileLock lock, ServiceOptions options, obs::Log& log)
      : lock_(std::move(lock)), log_(log), options_(std::move(options)) {}
  ~RunningService() override { stop(); }
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;

  Result<> start(const CallContext& context, const StorageOptions& storage) {
    SOTTO_ASSIGN(
        storage_,
        Storage::open(context.sooner(std::chrono::steady_clock::now() + kOpenTime), storage, log_));
    SOTTO_ASSIGN(tls_, ServiceTls::create(options_.tls, options_.data, options_.hosts, log_));
    steps_ = std::make_shared<runtime::Live<http::StandardMiddlewareOptions>>(
        middleware_options(options_, tls_.get()));
    SOTTO_ASSIGN(const Secret token, read_metrics_token(options_.metrics_token_file));
    obs::add_process_metrics(metrics_, SystemClock());
    add_service_metrics(metrics_, published_, log_);
    metrics_.gauge("sotto_sql_available", [this] { return storage_->is_available() ? 1.0 : 0.0; });
    const RouteSources sources{[this] { return ready_.load() && storage_->is_available(); },
                               metrics_, token};
    SOTTO_TRY(start_main(main_routes(sources)));
    if (!options_.metrics_listen.empty()) {
      SOTTO_ASSIGN(metrics_server_,
                   http::Server::start({.listen = options_.metrics_listen, .handler_threads = 1},
                                       metrics_routes(sources),
                                       http::standard_middleware(steps_, log_, uncounted_)));
    }
    ready_ = true;
    return {};
  }

  const std::vector<http::Endpoint>& endpoints() const override { return server_->endpoints(); }
  std::vector<http::Endpoint> redirect_endpoints() const override {
    return redirect_server_ ? redirect_server_->endpoints() : std::vector<http::Endpoint>();
  }

  Result<> reload_certificate() override {
    if (!tls_) return {};
    SOTTO_TRY(tls_->reload());
    publish();  // The new certificate may name more of this machine.
    return {};
  }

  void reload(const ServiceOptions& options) override {
    // Where it listens also names hosts, and does not change.
    options_.hosts = options.hosts;
    options_.trusted_proxies = options.trusted_proxies;
    options_.cors_origins = options.cors_origins;
    options_.rates = options.rates;
    take_public_url(options.tls.public_url);
    publish();
  }

  void stop() override {
    ready_ = false;
    if (redirect_server_) redirect_server_->stop();
    if (server_) server_->stop();
    if (metrics_server_) metrics_server_->stop();
    if (storage_) storage_->close();
  }

 private:
  /// The start refuses one that nobody can be sent to; a server that runs goes on with what it had.
  void take_public_url(const std::string& url) {
    if (const auto parsed = http::parse_public_url(url); parsed || url.empty() || !redirect_server_)
      options_.tls.public_url = url;
    else
      log_.write(obs::LogLevel::kWarning, "public_url_kept",
                 {{"reason", parsed.error().message()}});
  }

  void publish() { steps_->publish(middleware_options(options_, tls_.get())); }

  Result<> start_main(http::Router router) {
    http::ServerOptions server = options_.bounds;
    server.listen = options_.listen;
    server.spool.folder = options_.data / kSpoolFolder;
    if (tls_) {
      server.tls = tls_->context();
      for (http::Endpoint& endpoint : server.listen) endpoint.secure = endpoint.unix_path.empty();
      tls_->add_ca_route(router);
    }
    SOTTO_ASSIGN(server_, http::Server::start(std::move(server), std::move(router),
                                              http::standard_middleware(steps_, log_, metrics_)));
    published_ = server_.get();
    if (tls_) SOTTO_TRY(start_redirecting());
    return {};
  }

  Result<> start_redirecting() {
    std::vector<http::Endpoint> secure = server_->endpoints();
    std::erase_if(secure, [](const http::Endpoint& endpoint) { return !endpoint.secure; });
    if (secure.empty())
      return bad_setting("TLS needs an address to listen on besides Unix sockets.");
    SOTTO_ASSIGN(redirect_server_,
                 start_redirect(options_.tls, *tls_, steps_, secure.front().port,
                                http::standard_middleware(steps_, log_, metrics_)));
    tls_->explain(secure, redirect_endpoints());
    return {};
  }

  const runtime::FileLock lock_;
  obs::Log& log_;
  ServiceOptions options_;  // As at the start, but for what reload() changes.
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<ServiceTls> tls_;  // Null where all is plain text.
  std::shared_ptr<runtime::Live<http::StandardMiddlewareOptions>> steps_;
  obs::Metrics metrics_;
  obs::Metrics uncounted_;  // Of the metrics' own listener: who looks must not change what is seen.
  std::atomic<bool> ready_{false};
  std::atomic<const http::Server*> published_{nullptr};  // server_, for handlers that read it.
  std::unique_ptr<http::Server> server_;                 // Behind what its handlers use.
  std::unique_ptr<http::Server> redirect_server_;
  std::unique_ptr<http::Server> metrics_server_;
};

}  // namespace

Result<std::unique_ptr<Service>> Service::start(const CallContext& context,
                                                const ServiceOptions& options,
                                                const StorageOptions& storage, obs::Log& log) {
  SOTTO_TRY(check_listening(options));
  SOTTO_ASSIGN(runtime::FileLock lock, open_data(options.data));
  auto service = std::make_unique<RunningService>(std::move(lock), options, log);
  SOTTO_TRY(service->start(context, storage));
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace sotto::app
