#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace sotto::obs {

/// Only ever grows. Any thread.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Any thread.
class Gauge {
 public:
  void add(std::int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// How durations are spread, in buckets that fit requests: 100 us to a minute. Any thread.
class Histogram {
 public:
  static constexpr std::array kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                      0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                      1.0,    2.5,     5.0,    10.0,  30.0,   60.0};  ///< Seconds.

  void observe(std::chrono::nanoseconds duration);
  /// Observations in bucket `index`, not counting those before it; the last is everything above.
  std::uint64_t count(std::size_t index) const {
    return counts_[index].load(std::memory_order_relaxed);
  }
  double sum_seconds() const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

/// Names and values of labels, in the order in which they are shown.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// All metrics of the program, by the names in spec/metrics.json. Objects live as long as the
/// registry; getting one takes a lock, so whoever counts often keeps the reference.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(std::string_view name, const Labels& labels = {});
  Histogram& histogram(std::string_view name, const Labels& labels = {});
  Gauge& gauge(std::string_view name, const Labels& labels = {});
  /// A value that is asked for when the metrics are shown; `read` must be quick, and outlive us.
  void gauge(std::string_view name, std::function<double()> read);
  /// The same for what only ever grows.
  void running_total(std::string_view name, std::function<double()> read);

  /// The text format of Prometheus, version 0.0.4, with the descriptions of spec/metrics.json.
  std::string to_text() const;
  /// The names that something was registered under, sorted.
  std::vector<std::string> names() const;

 private:
  struct Family;
  Family& family(std::string_view name) SOTTO_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Family>, std::less<>> families_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::obs
