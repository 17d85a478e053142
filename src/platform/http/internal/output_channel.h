#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace sotto::http::internal {

/// Bytes on their way from whoever makes them to the I/O thread that sends them. Bounded; any
/// thread.
class OutputChannel {
 public:
  enum class State : std::uint8_t {
    kOpen,
    kEnded,    ///< The maker is done; what waits is still sent.
    kFailed,   ///< The maker gave up: the answer is cut.
    kOverrun,  ///< The client was too slow: the answer is cut.
    kGone,     ///< Nobody will take anything any more.
  };

  OutputChannel(std::size_t bytes_max, std::size_t count_max)
      : bytes_max_(bytes_max), count_max_(count_max) {}

  /// Without waiting: "http.stream_full" where there is no room, "http.stream_ended" once it is not
  /// open. A piece larger than the whole channel is never taken.
  Result<> try_push(std::string_view bytes);
  /// Waits for room within the context, and sends what is larger than the channel in pieces.
  Result<> push(const CallContext& context, std::string_view bytes);
  /// Leaves kOpen; later calls change nothing, but kGone is always entered.
  void finish(State state);
  State state() const;
  std::size_t held() const;

  /// From now on `wake` is called when something changed, until detach() has returned.
  void attach(std::function<void()> wake);
  void detach();
  /// Moves all that waits to the back of `out`.
  void take(std::string& out);

 private:
  Result<> check_open() const SOTTO_REQUIRES(mutex_);
  bool has_room(std::size_t size) const SOTTO_REQUIRES(mutex_);
  void append(std::string_view bytes) SOTTO_REQUIRES(mutex_);
  void wake() SOTTO_REQUIRES(mutex_);

  const std::size_t bytes_max_;
  const std::size_t count_max_;
  mutable Mutex mutex_;
  CondVar taken_;
  State state_ SOTTO_GUARDED_BY(mutex_) = State::kOpen;
  std::string waiting_ SOTTO_GUARDED_BY(mutex_);
  std::size_t count_ SOTTO_GUARDED_BY(mutex_) = 0;
  std::function<void()> wake_ SOTTO_GUARDED_BY(mutex_);
  bool woken_ SOTTO_GUARDED_BY(mutex_) = false;  // And take() has not come yet.
};

}  // namespace sotto::http::internal
