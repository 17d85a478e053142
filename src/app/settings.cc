// Written by tools/gen/settings.py out of spec/settings.json: change that.
// clang-format off
#include "app/settings.h"

#include "app/internal/setting_checks.h"

namespace sotto::app {
namespace {

using config::Kind;
using config::Scope;

constexpr std::string_view kProfileChoices[] = {"standard", "production"};
static_assert(static_cast<int>(Profile::kStandard) == 0);
static_assert(static_cast<int>(Profile::kProduction) == 1);
constexpr std::string_view kTlsModeChoices[] = {"off", "local", "files"};
static_assert(static_cast<int>(TlsMode::kOff) == 0);
static_assert(static_cast<int>(TlsMode::kLocal) == 1);
static_assert(static_cast<int>(TlsMode::kFiles) == 2);
constexpr std::string_view kLogLevelChoices[] = {"debug", "info", "warning", "error"};
static_assert(static_cast<int>(obs::LogLevel::kDebug) == 0);
static_assert(static_cast<int>(obs::LogLevel::kInfo) == 1);
static_assert(static_cast<int>(obs::LogLevel::kWarning) == 2);
static_assert(static_cast<int>(obs::LogLevel::kError) == 3);
constexpr std::string_view kLogFormatChoices[] = {"text", "json"};
static_assert(static_cast<int>(obs::LogFormat::kText) == 0);
static_assert(static_cast<int>(obs::LogFormat::kJson) == 1);

const config::Setting kTable[] = {
    {.name = "profile", .kind = Kind::kChoice, .fallback = "standard",
     .choices = kProfileChoices,
     .description = "How strict the start is: with production, settings that are weak on a network stop it, with the whole list."},
    {.name = "data.folder", .kind = Kind::kText, .fallback = "",
     .short_flag = "data",
     .description = "Where everything is that the server keeps; empty: $XDG_DATA_HOME/sotto/server, else ~/.local/share/sotto/server. A file of settings in that folder cannot set it."},
    {.name = "server.listen", .kind = Kind::kTextList, .fallback = "127.0.0.1:8484",
     .check = internal::check_endpoint,
     .short_flag = "listen",
     .description = "Where the server listens: ADDRESS:PORT, [IPV6]:PORT or unix:/PATH."},
    {.name = "server.public_url", .kind = Kind::kText, .fallback = "",
     .check = internal::check_url,
     .scope = Scope::kLive,
     .short_flag = "public-url",
     .description = "How the outside world reaches the server: what links begin with, since they are never built from a request. Its host joins server.hosts."},
    {.name = "server.hosts", .kind = Kind::kTextList, .fallback = "",
     .check = internal::check_host,
     .scope = Scope::kLive,
     .short_flag = "host",
     .description = "Names that requests may be addressed to, besides this machine's own name, what is listened on, and the host of server.public_url."},
    {.name = "server.trusted_proxies", .kind = Kind::kTextList, .fallback = "",
     .check = internal::check_address_block,
     .scope = Scope::kLive,
     .short_flag = "trusted-proxy",
     .description = "Proxies whose word about the client (Forwarded, X-Forwarded-For) is believed: addresses or blocks."},
    {.name = "server.cors_origins", .kind = Kind::kTextList, .fallback = "",
     .check = internal::check_origin,
     .scope = Scope::kLive,
     .short_flag = "origin",
     .description = "Origins whose pages may call the server from a browser, with credentials."},
    {.name = "server.allow_plain_http", .kind = Kind::kFlag, .fallback = "false",
     .short_flag = "allow-plain-http",
     .description = "Listen beyond this machine without TLS. Everybody on the way can then read and change what is sent."},
    {.name = "server.io_threads", .kind = Kind::kInteger, .fallback = "1",
     .least = 1, .most = 64,
     .description = "Threads that own the sockets."},
    {.name = "server.handler_threads", .kind = Kind::kInteger, .fallback = "8",
     .least = 1, .most = 1024,
     .description = "Threads that run the handlers of requests."},
    {.name = "server.handler_queue_max", .kind = Kind::kInteger, .fallback = "64",
     .least = 1, .most = 100000,
     .description = "Requests that may wait for such a thread; above it, 503 with Retry-After."},
    {.name = "server.connections_max", .kind = Kind::kInteger, .fallback = "12000",
     .least = 1, .most = 1000000,
     .description = "Connections in all; above it, 503. Each takes a descriptor: see LimitNOFILE or ulimit -n."},
    {.name = "server.connections_per_address_max", .kind = Kind::kInteger, .fallback = "256",
     .least = 1, .most = 1000000,
     .description = "Connections from one address, loopback not counted; above it, 503."},
    {.name = "server.requests_per_connection_max", .kind = Kind::kInteger, .fallback = "1000000",
     .least = 1, .most = 1000000000000,
     .description = "Requests on one connection; then it is closed."},
    {.name = "server.request_line_bytes_max", .kind = Kind::kInteger, .fallback = "8192",
     .least = 256, .most = 1048576,
     .description = "Longest request line; above it, 414."},
    {.name = "server.head_bytes_max", .kind = Kind::kInteger, .fallback = "32768",
     .least = 512, .most = 1048576,
     .description = "Largest head of a request, its line included; above it, 431."},
    {.name = "server.header_count_max", .kind = Kind::kInteger, .fallback = "100",
     .least = 8, .most = 10000,
     .description = "Header lines of a request; above it, 431."},
    {.name = "server.header_timeout_seconds", .kind = Kind::kInteger, .fallback = "10",
     .least = 1, .most = 3600,
     .description = "From the first byte of a head to its last."},
    {.name = "server.idle_timeout_seconds", .kind = Kind::kInteger, .fallback = "60",
     .least = 1, .most = 86400,
     .description = "Between two requests of a connection."},
    {.name = "server.body_timeout_seconds", .kind = Kind::kInteger, .fallback = "30",
     .least = 1, .most = 86400,
     .description = "Without a byte of a request's body."},
    {.name = "server.write_timeout_seconds", .kind = Kind::kInteger, .fallback = "30",
     .least = 1, .most = 86400,
     .description = "Without a byte of the answer taken."},
    {.name = "server.rate_bytes_per_second_min", .kind = Kind::kInteger, .fallback = "500",
     .least = 0, .most = 1000000000,
     .description = "Slowest body or answer, on average after server.rate_grace_seconds; slower ones are cut."},
    {.name = "server.rate_grace_seconds", .kind = Kind::kInteger, .fallback = "10",
     .least = 1, .most = 3600,
     .description = "Before server.rate_bytes_per_second_min is measured."},
    {.name = "server.stop_grace_seconds", .kind = Kind::kInteger, .fallback = "20",
     .least = 0, .most = 3600,
     .description = "What requests in flight get to finish when the server stops."},
    {.name = "tls.mode", .kind = Kind::kChoice, .fallback = "off",
     .choices = kTlsModeChoices,
     .short_flag = "tls",
     .description = "off: plain HTTP. local: a certificate of the server's own for this machine's names, from a CA that devices can install. files: the two below."},
    {.name = "tls.certificate_file", .kind = Kind::kText, .fallback = "",
     .short_flag = "tls-certificate",
     .description = "For tls.mode = files: the server's certificate and what leads to its CA, PEM. Read again at SIGHUP."},
    {.name = "tls.key_file", .kind = Kind::kText, .fallback = "",
     .short_flag = "tls-key",
     .description = "For tls.mode = files: the certificate's private key, PEM, readable by its owner and group alone. Read again at SIGHUP."},
    {.name = "tls.redirect_listen", .kind = Kind::kTextList, .fallback = "",
     .check = internal::check_endpoint,
     .short_flag = "redirect-listen",
     .description = "Where plain HTTP is sent on to TLS; nowhere where empty."},
    {.name = "tls.hsts_seconds", .kind = Kind::kInteger, .fallback = "15552000",
     .least = 0, .most = 63072000,
     .description = "How long browsers are to ask for TLS alone (Strict-Transport-Security), with tls.mode = files; 0: not said."},
    {.name = "rates.general_per_minute", .kind = Kind::kNumber, .fallback = "1200",
     .least = 0.01, .most = 1000000000000,
     .scope = Scope::kLive,
     .short_flag = "requests-per-minute",
     .description = "Requests of no other class from one address, on average."},
    {.name = "rates.general_burst", .kind = Kind::kNumber, .fallback = "300",
     .least = 1, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Requests of no other class from one address at once."},
    {.name = "rates.login_per_minute", .kind = Kind::kNumber, .fallback = "10",
     .least = 0.01, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Attempts to log in from one address, on average."},
    {.name = "rates.login_burst", .kind = Kind::kNumber, .fallback = "10",
     .least = 1, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Attempts to log in from one address at once."},
    {.name = "rates.upload_per_minute", .kind = Kind::kNumber, .fallback = "120",
     .least = 0.01, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Uploads from one address, on average."},
    {.name = "rates.upload_burst", .kind = Kind::kNumber, .fallback = "30",
     .least = 1, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Uploads from one address at once."},
    {.name = "rates.speech_per_minute", .kind = Kind::kNumber, .fallback = "240",
     .least = 0.01, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Requests that recognise or synthesise speech from one address, on average."},
    {.name = "rates.speech_burst", .kind = Kind::kNumber, .fallback = "60",
     .least = 1, .most = 1000000000000,
     .scope = Scope::kLive,
     .description = "Requests that recognise or synthesise speech from one address at once."},
    {.name = "database.url", .kind = Kind::kText, .fallback = "",
     .check = internal::check_database_url,
     .description = "A PostgreSQL 15 server; empty: SQLite in the data folder. Never with a password."},
    {.name = "database.password", .kind = Kind::kText, .fallback = "",
     .secret = true,
     .description = "For database.url; empty where that server asks for none."},
    {.name = "database.connections_max", .kind = Kind::kInteger, .fallback = "8",
     .least = 1, .most = 1000,
     .description = "Connections to PostgreSQL in all; with SQLite, readers beside the one writer."},
    {.name = "keys.master_key", .kind = Kind::kText, .fallback = "",
     .secret = true,
     .description = "What everything stored is encrypted with: 64 hexadecimal digits, or the sotto_m_... of a key file; old ones may follow behind commas. Empty: the file master.key in the data folder, made at the first start."},
    {.name = "spool.body_bytes_max", .kind = Kind::kInteger, .fallback = "4294967296",
     .least = 65536, .most = 1099511627776,
     .description = "Largest body of a request that is put on disk, encrypted, before it is worked on; above it, 413."},
    {.name = "spool.bytes_max", .kind = Kind::kInteger, .fallback = "17179869184",
     .least = 65536, .most = 1099511627776,
     .description = "All such bodies at a time; above it, 507."},
    {.name = "spool.bodies_max", .kind = Kind::kInteger, .fallback = "512",
     .least = 1, .most = 100000,
     .description = "How many such bodies at a time, each with up to 300 KiB of memory; above it, 503."},
    {.name = "metrics.listen", .kind = Kind::kTextList, .fallback = "",
     .check = internal::check_endpoint,
     .short_flag = "metrics-listen",
     .description = "Where /metrics answers, on a listener of its own; nowhere where empty."},
    {.name = "metrics.token_file", .kind = Kind::kText, .fallback = "",
     .short_flag = "metrics-token-file",
     .description = "A file with a token of 16 characters or more, readable by its owner alone: /metrics then answers at server.listen too, to whoever sends it as a bearer token."},
    {.name = "log.level", .kind = Kind::kChoice, .fallback = "info",
     .choices = kLogLevelChoices,
     .scope = Scope::kLive,
     .short_flag = "log-level",
     .description = "The least of what is logged."},
    {.name = "log.format", .kind = Kind::kChoice, .fallback = "text",
     .choices = kLogFormatChoices,
     .short_flag = "log-format",
     .description = "Lines for reading, or one JSON object a line."},
};

void bind_top(const config::Values& values, Settings& settings) {
  settings.profile = static_cast<Profile>(values.choice_index("profile"));
}

void bind_data(const config::Values& values, Settings& settings) {
  settings.data.folder = values.text("data.folder");
}

void bind_server(const config::Values& values, Settings& settings) {
  settings.server.listen = internal::to_endpoints(values.texts("server.listen"));
  settings.server.public_url = values.text("server.public_url");
  settings.server.hosts = values.texts("server.hosts");
  settings.server.trusted_proxies = internal::to_address_blocks(values.texts("server.trusted_proxies"));
  settings.server.cors_origins = values.texts("server.cors_origins");
  settings.server.allow_plain_http = values.flag("server.allow_plain_http");
  settings.server.io_threads = static_cast<std::uint64_t>(values.integer("server.io_threads"));
  settings.server.handler_threads = static_cast<std::uint64_t>(values.integer("server.handler_threads"));
  settings.server.handler_queue_max = static_cast<std::uint64_t>(values.integer("server.handler_queue_max"));
  settings.server.connections_max = static_cast<std::uint64_t>(values.integer("server.connections_max"));
  settings.server.connections_per_address_max = static_cast<std::uint64_t>(values.integer("server.connections_per_address_max"));
  settings.server.requests_per_connection_max = static_cast<std::uint64_t>(values.integer("server.requests_per_connection_max"));
  settings.server.request_line_bytes_max = static_cast<std::uint64_t>(values.integer("server.request_line_bytes_max"));
  settings.server.head_bytes_max = static_cast<std::uint64_t>(values.integer("server.head_bytes_max"));
  settings.server.header_count_max = static_cast<std::uint64_t>(values.integer("server.header_count_max"));
  settings.server.header_timeout_seconds = std::chrono::seconds(values.integer("server.header_timeout_seconds"));
  settings.server.idle_timeout_seconds = std::chrono::seconds(values.integer("server.idle_timeout_seconds"));
  settings.server.body_timeout_seconds = std::chrono::seconds(values.integer("server.body_timeout_seconds"));
  settings.server.write_timeout_seconds = std::chrono::seconds(values.integer("server.write_timeout_seconds"));
  settings.server.rate_bytes_per_second_min = static_cast<std::uint64_t>(values.integer("server.rate_bytes_per_second_min"));
  settings.server.rate_grace_seconds = std::chrono::seconds(values.integer("server.rate_grace_seconds"));
  settings.server.stop_grace_seconds = std::chrono::seconds(values.integer("server.stop_grace_seconds"));
}

void bind_tls(const config::Values& values, Settings& settings) {
  settings.tls.mode = static_cast<TlsMode>(values.choice_index("tls.mode"));
  settings.tls.certificate_file = values.text("tls.certificate_file");
  settings.tls.key_file = values.text("tls.key_file");
  settings.tls.redirect_listen = internal::to_endpoints(values.texts("tls.redirect_listen"));
  settings.tls.hsts_seconds = std::chrono::seconds(values.integer("tls.hsts_seconds"));
}

void bind_rates(const config::Values& values, Settings& settings) {
  settings.rates.general_per_minute = values.number("rates.general_per_minute");
  settings.rates.general_burst = values.number("rates.general_burst");
  settings.rates.login_per_minute = values.number("rates.login_per_minute");
  settings.rates.login_burst = values.number("rates.login_burst");
  settings.rates.upload_per_minute = values.number("rates.upload_per_minute");
  settings.rates.upload_burst = values.number("rates.upload_burst");
  settings.rates.speech_per_minute = values.number("rates.speech_per_minute");
  settings.rates.speech_burst = values.number("rates.speech_burst");
}

void bind_database(const config::Values& values, Settings& settings) {
  settings.database.url = values.text("database.url");
  settings.database.password = Secret(std::string(values.secret("database.password").reveal()));
  settings.database.connections_max = static_cast<std::uint64_t>(values.integer("database.connections_max"));
}

void bind_keys(const config::Values& values, Settings& settings) {
  settings.keys.master_key = Secret(std::string(values.secret("keys.master_key").reveal()));
}

void bind_spool(const config::Values& values, Settings& settings) {
  settings.spool.body_bytes_max = static_cast<std::uint64_t>(values.integer("spool.body_bytes_max"));
  settings.spool.bytes_max = static_cast<std::uint64_t>(values.integer("spool.bytes_max"));
  settings.spool.bodies_max = static_cast<std::uint64_t>(values.integer("spool.bodies_max"));
}

void bind_metrics(const config::Values& values, Settings& settings) {
  settings.metrics.listen = internal::to_endpoints(values.texts("metrics.listen"));
  settings.metrics.token_file = values.text("metrics.token_file");
}

void bind_log(const config::Values& values, Settings& settings) {
  settings.log.level = static_cast<obs::LogLevel>(values.choice_index("log.level"));
  settings.log.format = static_cast<obs::LogFormat>(values.choice_index("log.format"));
}

}  // namespace

std::span<const config::Setting> settings_table() { return kTable; }

Settings to_settings(const config::Values& values) {
  Settings settings;
  bind_top(values, settings);
  bind_data(values, settings);
  bind_server(values, settings);
  bind_tls(values, settings);
  bind_rates(values, settings);
  bind_database(values, settings);
  bind_keys(values, settings);
  bind_spool(values, settings);
  bind_metrics(values, settings);
  bind_log(values, settings);
  return settings;
}

}  // namespace sotto::app
