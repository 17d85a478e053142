#include "platform/http/middleware/steps.h"

namespace sotto::http {

void AccessLog::on_end(const Exchange& exchange) {
  const Request& request = exchange.request;
  const auto took = std::chrono::steady_clock::now() - exchange.started;
  const bool failed = exchange.response.status >= 500;
  const auto level = failed ? obs::LogLevel::kWarning : obs::LogLevel::kInfo;
  if (!log_.takes(level)) return;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  log_.write(level, "request",
             {{"id", request.id},
              {"peer", request.peer.to_string()},
              {"method", to_string(request.method())},
              {"path", request.target.path()},
              {"status", exchange.response.status},
              {"bytes_in", exchange.bytes_in},
              {"bytes_out", exchange.bytes_out},
              {"took_us", us},
              {"cut", exchange.cut}});
  if (exchange.error && failed) log_.write(level, "request_failed", *exchange.error);
}

}  // namespace sotto::http
