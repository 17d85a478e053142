#include "platform/http/middleware/steps.h"

namespace sotto::http {

void AccessLog::on_end(const Exchange& exchange) {
  const Request& request = exchange.request;
  const auto took = std::chrono::steady_clock::now() - exchange.started;
  // 501 and 505 say what the client got wrong, and their messages quote it: not for the log.
  const int code = exchange.response.status;
  const bool failed = code >= 500 && code != 501 && code != 505;
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
