#include "app/service_metrics.h"

#include <string>

#include "app/version.h"

namespace sotto::app {

void add_service_metrics(obs::Metrics& metrics, const std::atomic<const http::Server*>& server,
                         const obs::Log& log) {
  const auto reading = [&server](auto member) {
    return [&server, member] {
      const http::Server* running = server.load(std::memory_order_acquire);
      return running == nullptr ? 0.0 : static_cast<double>(running->stats().*member);
    };
  };
  using Stats = http::ServerStats;
  metrics.gauge("sotto_build_info", {{"version", std::string(version())}}).add(1);
  metrics.gauge("sotto_http_connections", reading(&Stats::connections));
  metrics.running_total("sotto_http_connections_accepted_total",
                        reading(&Stats::connections_accepted));
  metrics.running_total("sotto_http_connections_refused_total",
                        reading(&Stats::connections_refused));
  metrics.gauge("sotto_http_handlers", reading(&Stats::handlers));
  metrics.gauge("sotto_http_handlers_busy", reading(&Stats::handlers_busy));
  metrics.gauge("sotto_http_handler_queue_length", reading(&Stats::handler_queue_length));
  metrics.running_total("sotto_log_dropped_lines_total",
                        [&log] { return static_cast<double>(log.dropped_count()); });
}

}  // namespace sotto::app
