#include <algorithm>

#include "platform/http/middleware/steps.h"

namespace sotto::http {

RequestMetrics::Series& RequestMetrics::series(const Route* route) {
  const MutexLock lock(mutex_);
  const auto found = std::find_if(series_.begin(), series_.end(),
                                  [route](const auto& entry) { return entry.first == route; });
  if (found != series_.end()) return *found->second;
  return *series_.emplace_back(route, std::make_unique<Series>()).second;
}

void RequestMetrics::on_end(const Exchange& exchange) {
  const Route* route = exchange.route;
  Series& counted = series(route);
  const auto status = static_cast<std::size_t>(exchange.response.status / 100);
  auto& slot = counted.by_status[std::min(status, kStatusClasses - 1)];
  obs::Counter* counter = slot.load(std::memory_order_acquire);
  const std::string pattern = counter == nullptr && route != nullptr ? route->pattern : "none";
  const std::string method = counter == nullptr && route != nullptr
                                 ? std::string(to_string(route->method))
                                 : std::string("none");
  if (counter == nullptr) {
    counter = &metrics_.counter(
        "sotto_http_requests_total",
        {{"route", pattern}, {"method", method}, {"status", std::to_string(status) + "xx"}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
  obs::Histogram* took = counted.took.load(std::memory_order_acquire);
  if (took == nullptr) {
    took =
        &metrics_.histogram("sotto_http_request_seconds", {{"route", pattern}, {"method", method}});
    counted.took.store(took, std::memory_order_release);
  }
  took->observe(std::chrono::steady_clock::now() - exchange.started);
}

}  // namespace sotto::http
