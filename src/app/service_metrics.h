#pragma once

#include <atomic>

#include "platform/http/server.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"

namespace sotto::app {

/// Adds what the server and the log tell about themselves: all of spec/metrics.json that is neither
/// the process's nor the requests'. `server` may be null until it runs; all outlive the metrics'
/// last showing.
void add_service_metrics(obs::Metrics& metrics, const std::atomic<const http::Server*>& server,
                         const obs::Log& log);

}  // namespace sotto::app
