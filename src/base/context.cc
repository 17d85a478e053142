#include "base/context.h"

#include <algorithm>
#include <utility>

namespace sotto {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

CallContext::CallContext(TimePoint deadline, std::stop_token stop, std::string trace_id)
    : deadline_(deadline), stop_(std::move(stop)), trace_id_(std::move(trace_id)) {}

CallContext CallContext::with_timeout(milliseconds timeout) {
  return CallContext(steady_clock::now() + timeout, std::stop_token());
}

CallContext CallContext::sooner(TimePoint deadline) const {
  return CallContext(std::min(deadline, deadline_), stop_, trace_id_);
}

CallContext CallContext::with_stop(std::stop_token stop) const {
  return CallContext(deadline_, std::move(stop), trace_id_);
}

Result<> CallContext::check() const {
  if (stop_.stop_requested())
    return Error(ErrorCode::kCancelled, "base.cancelled", "The call was cancelled.");
  if (deadline_ != kNoDeadline && steady_clock::now() >= deadline_)
    return Error(ErrorCode::kDeadlineExceeded, "base.deadline_exceeded",
                 "The call took longer than it was given.");
  return {};
}

milliseconds CallContext::remaining(milliseconds cap) const {
  if (deadline_ == kNoDeadline) return cap;
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
  return std::clamp(left, milliseconds{0}, cap);
}

}  // namespace sotto
