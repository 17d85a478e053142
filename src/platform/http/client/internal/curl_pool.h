#pragma once

#include <chrono>
#include <cstddef>
#include <curl/curl.h>
#include <list>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/result.h"

namespace sotto::http::internal {

/// libcurl's two handles for one transfer at a time, with the one connection that they keep open.
struct CurlHandles {
  struct EasyCloser {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
  };
  struct MultiCloser {
    void operator()(CURLM* handle) const { ::curl_multi_cleanup(handle); }
  };

  // In this order, so that the easy handle goes last: its connection lives in the other.
  std::unique_ptr<CURL, EasyCloser> easy;
  std::unique_ptr<CURLM, MultiCloser> multi;
  std::string peer;  ///< Where the kept connection leads; see CurlPool::take().
  std::chrono::steady_clock::time_point used;
};

/// Keeps handles whose connection may serve again. Each call has handles of its own, so that no
/// state of libcurl is shared between threads. Any thread.
class CurlPool {
 public:
  CurlPool(std::size_t calls_max, std::size_t idle_max, std::chrono::milliseconds idle_age_max);

  /// Handles that last served `peer`, or new ones. "client.too_many_calls" where `calls_max` are
  /// out or libcurl gives none.
  Result<CurlHandles> take(const std::string& peer);
  /// Ends a call that take() began. Handles that failed are closed instead of being kept.
  void give_back(CurlHandles handles, bool reusable);

 private:
  const std::size_t calls_max_;
  const std::size_t idle_max_;
  const std::chrono::milliseconds idle_age_max_;
  Mutex mutex_;
  std::list<CurlHandles> idle_ SOTTO_GUARDED_BY(mutex_);  // The longest unused first.
  std::size_t calls_ SOTTO_GUARDED_BY(mutex_) = 0;
};

}  // namespace sotto::http::internal
