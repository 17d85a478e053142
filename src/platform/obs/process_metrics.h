#pragma once

#include "base/clock.h"
#include "platform/obs/metrics.h"

namespace sotto::obs {

/// Adds what the system says about this process, under the names that Prometheus' own libraries
/// use, so that every dashboard knows them. Read when the metrics are shown. `clock` says when the
/// process began: call it at the start.
void add_process_metrics(Metrics& metrics, const Clock& clock);

}  // namespace sotto::obs
