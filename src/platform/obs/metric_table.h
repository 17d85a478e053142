#pragma once

#include <span>
#include <string_view>

namespace sotto::obs {

/// One row of spec/metrics.json.
struct MetricInfo {
  std::string_view name;
  std::string_view type;  ///< "counter", "gauge" or "histogram".
  std::string_view description;
};

/// The whole table, sorted by name. Constant.
std::span<const MetricInfo> metric_table();

}  // namespace sotto::obs
