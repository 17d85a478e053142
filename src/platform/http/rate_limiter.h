#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "platform/http/address.h"
#include "platform/http/router.h"

namespace sotto::http {

/// How often something may be done: `per_minute` on average, `burst` at once.
struct RateLimit {
  double per_minute = 600;
  double burst = 100;
};

/// Token buckets by class and by address (an IPv6 network of 64 bits counts as one), or by who was
/// authenticated, a user or a key. Any thread.
///
/// Memory is bounded: at most kKeysMax buckets. Where more ask within the time that a
/// bucket takes to fill up, those without one share a bucket.
class RateLimiter {
 public:
  static constexpr std::size_t kKeysMax = 65'536;
  static constexpr std::size_t kClassCount = 4;
  using TimePoint = std::chrono::steady_clock::time_point;

  using Limits = std::array<RateLimit, kClassCount>;

  /// One limit a RateClass, in its order.
  explicit RateLimiter(const Limits& limits);

  /// Holds from now on; what was taken before stays taken.
  void set_limits(const Limits& limits);

  struct Verdict {
    bool allowed = false;
    std::uint64_t limit = 0;      ///< Requests that a full bucket holds.
    std::uint64_t remaining = 0;  ///< Of them now.
    std::chrono::seconds reset{
        0};  ///< Until the next is allowed where none is left, else until full.
  };
  Verdict take(const Address& address, RateClass rate_class, TimePoint now);
  /// By an id that is ours to give: it is hashed to 128 bits, so nobody may choose it freely.
  Verdict take(std::string_view principal, RateClass rate_class, TimePoint now);

  std::size_t key_count() const;

 private:
  struct Bucket {
    double tokens = 0;
    TimePoint filled;
  };
  struct Key {
    std::array<std::uint8_t, 17> bytes{};
    bool operator==(const Key&) const = default;
  };
  Verdict take(const Key& key, std::size_t class_index, TimePoint now);

  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Shard {
    mutable Mutex mutex;
    std::unordered_map<Key, Bucket, KeyHash> buckets SOTTO_GUARDED_BY(mutex);
    TimePoint swept SOTTO_GUARDED_BY(mutex);
    Bucket shared SOTTO_GUARDED_BY(mutex);
  };
  static constexpr std::size_t kShardCount = 16;  // Threads seldom meet in one.

  void refill(Bucket& bucket, const RateLimit& limit, TimePoint now) const;
  /// Drops what is full again, since an absent bucket is a full one.
  void sweep(Shard& shard, TimePoint now) const SOTTO_REQUIRES(shard.mutex);

  RateLimit limit(std::size_t class_index) const;

  // Two loads that may come from two set_limits(): harmless for one request.
  struct AtomicLimit {
    std::atomic<double> per_minute{0};
    std::atomic<double> burst{0};
  };
  std::array<AtomicLimit, kClassCount> limits_;
  std::array<Shard, kShardCount> shards_;
};

}  // namespace sotto::http
