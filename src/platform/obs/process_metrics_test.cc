#include "platform/obs/process_metrics.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <unistd.h>

#include "platform/obs/metric_table.h"

namespace sotto::obs {
namespace {

/// 2026-01-31T12:34:56.789Z.
class FixedClock final : public Clock {
 public:
  WallTime now() const override { return WallTime(std::chrono::milliseconds(1'769'862'896'789)); }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

/// The values of what has no labels, by name.
std::map<std::string, double> values(const Metrics& metrics) {
  std::map<std::string, double> found;
  std::istringstream lines(metrics.to_text());
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with('#'))
      found[line.substr(0, line.find(' '))] = std::stod(line.substr(line.rfind(' ')));
  return found;
}

class ProcessMetrics : public testing::Test {
 protected:
  ProcessMetrics() { add_process_metrics(metrics_, FixedClock()); }

  Metrics metrics_;
};

TEST_F(ProcessMetrics, SayWhatTheProcessUses) {
  const auto found = values(metrics_);
  EXPECT_GT(found.at("process_cpu_seconds_total"), 0);
  EXPECT_GT(found.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(found.at("process_virtual_memory_bytes"), found.at("process_resident_memory_bytes"));
  EXPECT_GE(found.at("process_threads"), 1);
  EXPECT_GT(found.at("process_max_fds"), found.at("process_open_fds"));
}

TEST_F(ProcessMetrics, SayWhenItWasStartedToTheMillisecond) {
  EXPECT_THAT(metrics_.to_text(),
              testing::HasSubstr("process_start_time_seconds 1769862896.789\n"));
}

TEST_F(ProcessMetrics, CountOpenDescriptors) {
  const double before = values(metrics_).at("process_open_fds");
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(values(metrics_).at("process_open_fds"), before + 1);
  ::close(opened);
  EXPECT_EQ(values(metrics_).at("process_open_fds"), before);
}

TEST_F(ProcessMetrics, StandInTheTable) {
  for (const std::string& name : metrics_.names()) {
    const auto table = metric_table();
    EXPECT_NE(std::find_if(table.begin(), table.end(),
                           [&](const MetricInfo& info) { return info.name == name; }),
              table.end())
        << name;
  }
}

}  // namespace
}  // namespace sotto::obs
