#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "base/mutex.h"
#include "speech/models/package_client.h"

namespace sotto::models {

/// A registry in memory: serves the bytes it was given by address, as a real client would: into the
/// download's folder, within its limit and the context. Any thread.
class FakePackageClient final : public PackageClient {
 public:
  /// Serves `bytes` for the address, whatever kind of source asks.
  void serve(const std::string& address, std::string bytes);
  /// Called at the start of each fetch, outside any lock.
  void on_fetch(std::function<void(const Source&)> hook) { hook_ = std::move(hook); }
  int fetch_count() const { return fetch_count_; }

  Result<std::filesystem::path> fetch(const CallContext& context, const Source& source,
                                      const Download& download) override;

 private:
  std::function<void(const Source&)> hook_;
  std::atomic<int> fetch_count_ = 0;
  Mutex mutex_;
  std::map<std::string, std::string> packages_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::models
