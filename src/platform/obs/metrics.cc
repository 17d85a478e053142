#include "platform/obs/metrics.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iterator>

#include "platform/obs/metric_table.h"

namespace sotto::obs {
namespace {

/// {a="b",c="d"} with `extra` behind them; empty without any.
std::string label_text(const Labels& labels, std::string_view extra = {}) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text.append(text.empty() ? "" : ",").append(name).append("=\"");
    for (const char c : value) {  // What the format has escapes for.
      if (c == '\n') {
        text += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  if (!extra.empty()) text.append(text.empty() ? "" : ",").append(extra);
  return text.empty() ? text : '{' + text + '}';
}

/// What stands above the values of a metric.
void append_heading(std::string& out, std::string_view name, std::string_view type) {
  for (const MetricInfo& info : metric_table())
    if (info.name == name)
      fmt::format_to(std::back_inserter(out), "# HELP {} {}\n", name, info.description);
  fmt::format_to(std::back_inserter(out), "# TYPE {} {}\n", name, type);
}

void append_histogram(std::string& out, const std::string& name, const Labels& labels,
                      const Histogram& histogram) {
  const auto to = std::back_inserter(out);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
    total += histogram.count(i);
    const std::string bound =
        i < Histogram::kBounds.size() ? fmt::format("{}", Histogram::kBounds[i]) : "+Inf";
    fmt::format_to(to, "{}_bucket{} {}\n", name, label_text(labels, "le=\"" + bound + '"'), total);
  }
  fmt::format_to(to, "{}_sum{} {}\n{}_count{} {}\n", name, label_text(labels),
                 histogram.sum_seconds(), name, label_text(labels), total);
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                    std::memory_order_relaxed);
}

double Histogram::sum_seconds() const {
  return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
}

struct Metrics::Family {
  std::map<Labels, std::unique_ptr<Counter>> counters;
  std::map<Labels, std::unique_ptr<Gauge>> gauges;
  std::map<Labels, std::unique_ptr<Histogram>> histograms;
  std::function<double()> read;
  bool read_grows = false;

  std::string_view type() const {
    if (!histograms.empty()) return "histogram";
    return !counters.empty() || read_grows ? "counter" : "gauge";
  }
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(std::string_view name) {
  const auto found = families_.find(name);
  if (found != families_.end()) return *found->second;
  return *families_.emplace(std::string(name), std::make_unique<Family>()).first->second;
}

Counter& Metrics::counter(std::string_view name, const Labels& labels) {
  const MutexLock lock(mutex_);
  auto& counter = family(name).counters[labels];
  if (!counter) counter = std::make_unique<Counter>();
  return *counter;
}

Histogram& Metrics::histogram(std::string_view name, const Labels& labels) {
  const MutexLock lock(mutex_);
  auto& histogram = family(name).histograms[labels];
  if (!histogram) histogram = std::make_unique<Histogram>();
  return *histogram;
}

Gauge& Metrics::gauge(std::string_view name, const Labels& labels) {
  const MutexLock lock(mutex_);
  auto& gauge = family(name).gauges[labels];
  if (!gauge) gauge = std::make_unique<Gauge>();
  return *gauge;
}

void Metrics::gauge(std::string_view name, std::function<double()> read) {
  const MutexLock lock(mutex_);
  family(name).read = std::move(read);
}

void Metrics::running_total(std::string_view name, std::function<double()> read) {
  const MutexLock lock(mutex_);
  Family& totals = family(name);
  totals.read = std::move(read);
  totals.read_grows = true;
}

std::string Metrics::to_text() const {
  std::string out;
  const auto to = std::back_inserter(out);
  const MutexLock lock(mutex_);
  for (const auto& [name, family] : families_) {
    append_heading(out, name, family->type());
    for (const auto& [labels, counter] : family->counters)
      fmt::format_to(to, "{}{} {}\n", name, label_text(labels), counter->value());
    for (const auto& [labels, gauge] : family->gauges)
      fmt::format_to(to, "{}{} {}\n", name, label_text(labels), gauge->value());
    for (const auto& [labels, histogram] : family->histograms)
      append_histogram(out, name, labels, *histogram);
    if (family->read) fmt::format_to(to, "{} {}\n", name, family->read());
  }
  return out;
}

std::vector<std::string> Metrics::names() const {
  std::vector<std::string> names;
  const MutexLock lock(mutex_);
  names.reserve(families_.size());
  for (const auto& [name, family] : families_) names.push_back(name);
  return names;
}

}  // namespace sotto::obs
