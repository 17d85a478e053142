#include "app/service_options.h"

#include "app/internal/setting_checks.h"

namespace sotto::app {

ServiceOptions service_options(const Settings& settings) {
  const Settings::Server& server = settings.server;
  const Settings::Rates& rates = settings.rates;
  ServiceOptions options{.data = settings.data.folder,
                         .listen = server.listen,
                         .metrics_listen = settings.metrics.listen,
                         .metrics_token_file = settings.metrics.token_file,
                         .hosts = server.hosts,
                         .trusted_proxies = server.trusted_proxies,
                         .cors_origins = server.cors_origins,
                         .allow_plain_http = server.allow_plain_http};
  if (const auto url = internal::parse_url(server.public_url)) options.hosts.push_back(url->host);
  options.tls = {
      .mode = settings.tls.mode,
      .files = {.certificate = settings.tls.certificate_file, .key = settings.tls.key_file},
      .redirect_listen = settings.tls.redirect_listen,
      .public_url = server.public_url,
      .hsts = settings.tls.hsts_seconds};
  options.rates = {{{.per_minute = rates.general_per_minute, .burst = rates.general_burst},
                    {.per_minute = rates.login_per_minute, .burst = rates.login_burst},
                    {.per_minute = rates.upload_per_minute, .burst = rates.upload_burst},
                    {.per_minute = rates.speech_per_minute, .burst = rates.speech_burst}}};
  options.bounds = {.io_threads = server.io_threads,
                    .handler_threads = server.handler_threads,
                    .handler_queue_max = server.handler_queue_max,
                    .connections_max = server.connections_max,
                    .connections_per_address_max = server.connections_per_address_max,
                    .requests_per_connection_max = server.requests_per_connection_max,
                    .head = {.request_line_max = server.request_line_bytes_max,
                             .head_max = server.head_bytes_max,
                             .field_count_max = server.header_count_max},
                    .header_timeout = server.header_timeout_seconds,
                    .idle_timeout = server.idle_timeout_seconds,
                    .body_timeout = server.body_timeout_seconds,
                    .write_timeout = server.write_timeout_seconds,
                    .rate_min = server.rate_bytes_per_second_min,
                    .rate_grace = server.rate_grace_seconds,
                    .grace = server.stop_grace_seconds};
  options.bounds.spool.body_max = settings.spool.body_bytes_max;
  options.bounds.spool.bytes_max = settings.spool.bytes_max;
  options.bounds.spool.bodies_max = settings.spool.bodies_max;
  return options;
}

StorageOptions storage_options(const Settings& settings) {
  return {.data = settings.data.folder,
          .master_key = Secret(std::string(settings.keys.master_key.reveal())),
          .database_url = settings.database.url,
          .database_password = Secret(std::string(settings.database.password.reveal())),
          .database_connections_max = settings.database.connections_max};
}

bool is_public(const http::Endpoint& endpoint) {
  if (!endpoint.unix_path.empty()) return false;
  const auto address = http::Address::parse(endpoint.address);
  return !address || !address->is_loopback() || address->is_nil();
}

Result<> check_listening(const ServiceOptions& options) {
  if (options.allow_plain_http) return {};
  const auto refuse = [](const http::Endpoint& endpoint, std::string_view instead) {
    return Error(ErrorCode::kPreconditionFailed, "app.plain_http",
                 "Listening on " + endpoint.to_string() +
                     " would send everything in plain text over the network. " +
                     std::string(instead) + ", or say --allow-plain-http.");
  };
  for (const http::Endpoint& endpoint : options.listen)
    if (is_public(endpoint) && options.tls.mode == TlsMode::kOff)
      return refuse(endpoint,
                    "Say --tls local or --tls files, listen on 127.0.0.1 behind a proxy that "
                    "speaks TLS");
  for (const http::Endpoint& endpoint : options.metrics_listen)
    if (is_public(endpoint))
      return refuse(endpoint,
                    "Let /metrics answer on 127.0.0.1 or a Unix socket, or with a token where the "
                    "API is (metrics.token_file)");
  return {};
}

}  // namespace sotto::app
