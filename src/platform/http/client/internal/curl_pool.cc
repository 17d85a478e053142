#include "platform/http/client/internal/curl_pool.h"

#include <algorithm>
#include <utility>

namespace sotto::http::internal {
namespace {

using std::chrono::steady_clock;

Result<CurlHandles> make_handles() {
  static const CURLcode kGlobal = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  CurlHandles handles;
  handles.easy.reset(::curl_easy_init());
  handles.multi.reset(::curl_multi_init());
  if (kGlobal != CURLE_OK || !handles.easy || !handles.multi ||
      ::curl_multi_setopt(handles.multi.get(), CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK)
    return Error(ErrorCode::kOverloaded, "client.too_many_calls",
                 "There is no room for another call to other servers.");
  return handles;
}

}  // namespace

CurlPool::CurlPool(std::size_t calls_max, std::size_t idle_max,
                   std::chrono::milliseconds idle_age_max)
    : calls_max_(calls_max), idle_max_(idle_max), idle_age_max_(idle_age_max) {}

Result<CurlHandles> CurlPool::take(const std::string& peer) {
  std::list<CurlHandles> old;  // Closed behind the lock.
  std::list<CurlHandles> found;
  {
    const MutexLock lock(mutex_);
    if (calls_ >= calls_max_)
      return Error(ErrorCode::kOverloaded, "client.too_many_calls",
                   "Too many calls to other servers are under way.");
    const auto oldest = steady_clock::now() - idle_age_max_;
    const auto alive = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const CurlHandles& each) { return each.used >= oldest; });
    old.splice(old.begin(), idle_, idle_.begin(), alive);
    // The one that was used last is the least likely to have been closed by its server.
    const auto match = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const CurlHandles& each) { return each.peer == peer; });
    if (match != idle_.rend()) found.splice(found.begin(), idle_, std::next(match).base());
    ++calls_;
  }
  if (!found.empty()) return std::move(found.front());
  auto made = make_handles();
  if (!made) {
    const MutexLock lock(mutex_);
    --calls_;
    return made;
  }
  made->peer = peer;
  return made;
}

void CurlPool::give_back(CurlHandles handles, bool reusable) {
  std::list<CurlHandles> old;  // Closed behind the lock.
  old.push_back(std::move(handles));
  const MutexLock lock(mutex_);
  --calls_;
  if (!reusable || idle_max_ == 0) return;
  old.front().used = steady_clock::now();
  idle_.splice(idle_.end(), old);
  if (idle_.size() > idle_max_) old.splice(old.begin(), idle_, idle_.begin());
}

}  // namespace sotto::http::internal
