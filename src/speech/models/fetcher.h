#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/context.h"
#include "speech/models/catalogue.h"
#include "speech/models/package_client.h"
#include "speech/models/store.h"

namespace sotto::models {

/// What a pull is doing, told often.
struct PullProgress {
  /// kWaiting is told only while another pull or removal holds the model.
  enum class Phase : std::uint8_t { kWaiting, kChecking, kDownloading, kUnpacking };

  Phase phase = Phase::kChecking;
  std::string subject;            ///< The model, the source or the file that the phase is about.
  std::uint64_t bytes_done = 0;   ///< Of this subject; never above bytes_total.
  std::uint64_t bytes_total = 0;  ///< 0 where there is nothing to count.
};

/// Called from the pulling thread; must not throw and had better be quick.
using ProgressCallback = std::function<void(const PullProgress&)>;

/// What a pull changed: nothing where all was installed and intact.
struct PullSummary {
  std::size_t files_installed = 0;
  std::uint64_t bytes_installed = 0;
};

/// Brings models into the store: each file from the first of its sources that gives the right
/// bytes.
///
/// A file appears under its name only when its size and SHA-256 are right. A package is downloaded
/// once for all files of all models of one pull, and is gone afterwards. Files that are intact
/// stay; damaged ones are replaced. Pulls of one model, by threads or processes, go one after the
/// other; a killed pull leaves temporaries, which the next pull or removal of that model cleans
/// away. Any thread may pull; the client serves one pull at a time.
class Fetcher {
 public:
  Fetcher(const Catalogue& catalogue, const Store& store, PackageClient& client)
      : catalogue_(catalogue), store_(store), client_(client) {}

  /// `models` out of the catalogue, see Catalogue::with_requirements(). Blocks until done, stopped
  /// or late. "models.fetch_failed" (kUnavailable) where a file could be had from no source: the
  /// detail lists what was wrong with each; what was installed before stays. "runtime.disk_full",
  /// "runtime.permission_denied" and the context's errors end the pull at once.
  Result<PullSummary> pull(const CallContext& context, std::span<const Model* const> models,
                           const ProgressCallback& on_progress) const;

 private:
  const Catalogue& catalogue_;
  const Store& store_;
  PackageClient& client_;
};

}  // namespace sotto::models
