#include "platform/obs/metrics.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sotto::obs {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Metrics, ShowCounters) {
  Metrics metrics;
  metrics.counter("requests_total", {{"method", "GET"}}).add();
  metrics.counter("requests_total", {{"method", "GET"}}).add(2);
  metrics.counter("requests_total", {{"method", "PUT"}}).add();
  EXPECT_EQ(metrics.to_text(),
            "# TYPE requests_total counter\nrequests_total{method=\"GET\"} 3\n"
            "requests_total{method=\"PUT\"} 1\n");
}

TEST(Metrics, EscapeLabels) {
  Metrics metrics;
  metrics.counter("x", {{"a", "b\"c\\d\ne"}});
  EXPECT_THAT(metrics.to_text(), HasSubstr(R"(x{a="b\"c\\d\ne"} 0)"));
}

TEST(Metrics, ShowGauges) {
  Metrics metrics;
  metrics.gauge("open", [] { return 7.0; });
  EXPECT_EQ(metrics.to_text(), "# TYPE open gauge\nopen 7\n");
}

TEST(Metrics, ShowWhatGoesUpAndDown) {
  Metrics metrics;
  metrics.gauge("open", {{"kind", "a"}}).add(3);
  metrics.gauge("open", {{"kind", "a"}}).add(-2);
  EXPECT_EQ(metrics.to_text(), "# TYPE open gauge\nopen{kind=\"a\"} 1\n");
}

TEST(Metrics, ShowRunningTotals) {
  Metrics metrics;
  metrics.running_total("lines_total", [] { return 2.5; });
  EXPECT_EQ(metrics.to_text(), "# TYPE lines_total counter\nlines_total 2.5\n");
}

TEST(Metrics, DescribeWhatStandsInTheTable) {
  Metrics metrics;
  metrics.counter("sotto_http_cut_total");
  EXPECT_THAT(metrics.to_text(), testing::StartsWith("# HELP sotto_http_cut_total Requests whose"));
}

TEST(Metrics, ShowHistogramsCumulated) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("took_seconds", {{"route", "/"}});
  histogram.observe(microseconds(100));  // On a bound: belongs below it.
  histogram.observe(microseconds(101));
  histogram.observe(seconds(61));
  const std::string text = metrics.to_text();
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{route=\"/\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{route=\"/\",le=\"0.00025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{route=\"/\",le=\"60\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_sum{route=\"/\"} 61.000201\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_count{route=\"/\"} 3\n"));
}

TEST(Metrics, ListTheirNames) {
  Metrics metrics;
  metrics.counter("b");
  metrics.histogram("a");
  EXPECT_THAT(metrics.names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace sotto::obs
