#include <algorithm>

#include "platform/http/middleware/steps.h"

namespace sotto::http {

RequestMetrics::RequestMetrics(obs::Metrics& metrics)
    : metrics_(metrics),
      in_flight_(metrics.gauge("sotto_http_requests_in_flight")),
      received_(metrics.counter("sotto_http_received_body_bytes_total")),
      sent_(metrics.counter("sotto_http_sent_bytes_total")),
      rate_limited_(metrics.counter("sotto_http_rate_limited_total")),
      cut_(metrics.counter("sotto_http_cut_total")) {}

Result<Middleware::Verdict> RequestMetrics::on_head(Exchange& exchange) {
  exchange.in_flight = true;  // Not so where the head could not be read: on_end() must know.
  in_flight_.add(1);
  return Verdict::kContinue;
}

RequestMetrics::Series& RequestMetrics::series(const Route* route) {
  const MutexLock lock(mutex_);
  const auto found = std::find_if(series_.begin(), series_.end(),
                                  [route](const auto& entry) { return entry.first == route; });
  if (found != series_.end()) return *found->second;
  return *series_.emplace_back(route, std::make_unique<Series>()).second;
}

void RequestMetrics::on_end(const Exchange& exchange) {
  if (exchange.in_flight) in_flight_.add(-1);
  if (exchange.bytes_in > 0) received_.add(exchange.bytes_in);
  sent_.add(exchange.bytes_out);
  if (exchange.rate && !exchange.rate->allowed) rate_limited_.add();
  if (exchange.cut) cut_.add();
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
