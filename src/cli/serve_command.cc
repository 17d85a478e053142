#include "cli/serve_command.h"

#include <string>
#include <unistd.h>
#include <utility>

#include "app/paths.h"
#include "app/service.h"
#include "base/mutex.h"
#include "cli/report.h"
#include "platform/obs/log.h"

namespace sotto::cli {
namespace {

Result<app::ServiceOptions> service_options(const ServeCommand& command) {
  app::ServiceOptions options{.data = command.data,
                              .metrics_token_file = command.metrics_token_file,
                              .hosts = command.hosts,
                              .trusted_proxies = command.trusted_proxies,
                              .cors_origins = command.cors_origins,
                              .requests_per_minute = command.requests_per_minute,
                              .allow_plain_http = command.allow_plain_http,
                              .tls = command.tls};
  if (options.data.empty()) {
    SOTTO_ASSIGN(options.data, app::default_data_folder());
  }
  for (const std::string& text : command.listen) {
    SOTTO_ASSIGN(http::Endpoint endpoint, http::Endpoint::parse(text));
    options.listen.push_back(std::move(endpoint));
  }
  for (const std::string& text : command.redirect_listen) {
    SOTTO_ASSIGN(http::Endpoint endpoint, http::Endpoint::parse(text));
    options.tls.redirect_listen.push_back(std::move(endpoint));
  }
  for (const std::string& text : command.metrics_listen) {
    SOTTO_ASSIGN(http::Endpoint endpoint, http::Endpoint::parse(text));
    options.metrics_listen.push_back(std::move(endpoint));
  }
  return options;
}

/// Returns when the context is stopped.
void wait_for_stop(const CallContext& context) {
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  while (never.wait(context, mutex)) {
  }
}

}  // namespace

int run_serve(const CallContext& context, const ServeCommand& command) {
  const SystemClock clock;
  const auto options = service_options(command);
  if (!options) {
    report("", options.error());
    return kExitUsage;
  }
  obs::Log log(STDERR_FILENO, command.log_format, command.log_level, clock);
  auto service = app::Service::start(*options, log);
  if (!service) {
    report("", service.error());
    return exit_status(service.error());
  }
  for (const http::Endpoint& endpoint : (*service)->endpoints())
    log.write(obs::LogLevel::kInfo, "listening",
              {{"address", endpoint.to_string()},
               {"tls", endpoint.secure},
               {"data", options->data.string()}});
  for (const http::Endpoint& endpoint : (*service)->redirect_endpoints())
    log.write(obs::LogLevel::kInfo, "redirecting", {{"address", endpoint.to_string()}});
  wait_for_stop(context);
  log.write(obs::LogLevel::kInfo, "stopping");
  (*service)->stop();
  log.write(obs::LogLevel::kInfo, "stopped");
  return kExitGood;
}

}  // namespace sotto::cli
