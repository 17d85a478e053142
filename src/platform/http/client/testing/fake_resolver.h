#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "platform/http/client/resolver.h"

namespace sotto::http {

/// Answers as told, one answer after the other; the last one stays. Counts what it is asked. A
/// name that it does not know is waited for until the context ends, like a dead name server. Any
/// thread.
class FakeResolver final : public Resolver {
 public:
  void answer(const std::string& host, const std::vector<std::string>& addresses) {
    std::vector<Address> parsed;
    for (const std::string& text : addresses) {
      const auto address = Address::parse(text);
      SOTTO_CHECK(address);
      parsed.push_back(*address);
    }
    const MutexLock lock(mutex_);
    answers_[host].push_back(std::move(parsed));
  }

  Result<std::vector<Address>> resolve(const CallContext& context,
                                       const std::string& host) override {
    const MutexLock lock(mutex_);
    asked_.push_back(host);
    changed_.notify_all();
    auto& answers = answers_[host];
    while (answers.empty()) SOTTO_TRY(changed_.wait(context, mutex_));
    std::vector<Address> answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    if (answer.empty())
      return Error(ErrorCode::kUnavailable, "client.name_unknown", "No such name.");
    return answer;
  }

  std::vector<std::string> asked() {
    const MutexLock lock(mutex_);
    return asked_;
  }
  /// Returns once somebody has asked.
  void wait_asked() {
    const MutexLock lock(mutex_);
    const CallContext context = CallContext::with_timeout(std::chrono::seconds(30));
    while (asked_.empty()) SOTTO_CHECK(changed_.wait(context, mutex_));
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, std::deque<std::vector<Address>>> answers_ SOTTO_GUARDED_BY(mutex_);
  std::vector<std::string> asked_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::http
