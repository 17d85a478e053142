#include "platform/http/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>

namespace sotto::http {
namespace {

constexpr double kSecondsPerMinute = 60;
constexpr std::chrono::seconds kSweepEvery{1};
constexpr std::size_t kPrincipalMark = 0x80;  // In a key's last byte, beside its class.

}  // namespace

std::size_t RateLimiter::KeyHash::operator()(const Key& key) const noexcept {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(key.bytes.data()),
                                        key.bytes.size()});  // NOLINT: bytes as bytes.
}

RateLimiter::RateLimiter(const Limits& limits) { set_limits(limits); }

void RateLimiter::set_limits(const Limits& limits) {
  for (std::size_t i = 0; i < kClassCount; ++i) {
    limits_[i].per_minute.store(limits[i].per_minute, std::memory_order_relaxed);
    limits_[i].burst.store(limits[i].burst, std::memory_order_relaxed);
  }
}

RateLimit RateLimiter::limit(std::size_t class_index) const {
  const AtomicLimit& limit = limits_[class_index];
  return {.per_minute = limit.per_minute.load(std::memory_order_relaxed),
          .burst = limit.burst.load(std::memory_order_relaxed)};
}

void RateLimiter::refill(Bucket& bucket, const RateLimit& limit, TimePoint now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  if (seconds <= 0) return;  // Other threads read the clock a little earlier or later.
  bucket.tokens =
      std::min(limit.burst, bucket.tokens + seconds * limit.per_minute / kSecondsPerMinute);
  bucket.filled = now;
}

void RateLimiter::sweep(Shard& shard, TimePoint now) const {
  shard.swept = now;
  for (auto it = shard.buckets.begin(); it != shard.buckets.end();) {
    const RateLimit limit = this->limit(it->first.bytes.back() & ~kPrincipalMark);
    refill(it->second, limit, now);
    it = it->second.tokens >= limit.burst ? shard.buckets.erase(it) : std::next(it);
  }
}

RateLimiter::Verdict RateLimiter::take(const Address& address, RateClass rate_class,
                                       TimePoint now) {
  const auto class_index = static_cast<std::size_t>(rate_class);
  Key key;
  const Address network = address.network();
  std::copy(network.bytes().begin(), network.bytes().end(), key.bytes.begin());
  key.bytes.back() = static_cast<std::uint8_t>(class_index);
  return take(key, class_index, now);
}

RateLimiter::Verdict RateLimiter::take(std::string_view principal, RateClass rate_class,
                                       TimePoint now) {
  const auto class_index = static_cast<std::size_t>(rate_class);
  const std::size_t first = std::hash<std::string_view>()(principal);
  const std::size_t second = std::hash<std::string_view>()(std::string(principal) + '\x1f');
  Key key;
  std::memcpy(key.bytes.data(), &first, sizeof(first));
  std::memcpy(key.bytes.data() + sizeof(first), &second, sizeof(second));
  key.bytes.back() = static_cast<std::uint8_t>(class_index | kPrincipalMark);
  return take(key, class_index, now);
}

RateLimiter::Verdict RateLimiter::take(const Key& key, std::size_t class_index, TimePoint now) {
  const RateLimit limit = this->limit(class_index);
  Shard& shard = shards_[KeyHash()(key) % kShardCount];
  const MutexLock lock(shard.mutex);
  auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) {
    if (shard.buckets.size() >= kKeysMax / kShardCount && now - shard.swept >= kSweepEvery)
      sweep(shard, now);
    if (shard.buckets.size() < kKeysMax / kShardCount)
      found = shard.buckets.emplace(key, Bucket{.tokens = limit.burst, .filled = now}).first;
  }
  Bucket& bucket = found != shard.buckets.end() ? found->second : shard.shared;
  refill(bucket, limit, now);
  Verdict verdict{.allowed = bucket.tokens >= 1, .limit = static_cast<std::uint64_t>(limit.burst)};
  if (verdict.allowed) bucket.tokens -= 1;
  verdict.remaining = static_cast<std::uint64_t>(bucket.tokens);
  const double missing = verdict.allowed ? limit.burst - bucket.tokens : 1 - bucket.tokens;
  verdict.reset = std::chrono::seconds(
      static_cast<std::int64_t>(std::ceil(missing * kSecondsPerMinute / limit.per_minute)));
  return verdict;
}

std::size_t RateLimiter::key_count() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    count += shard.buckets.size();
  }
  return count;
}

}  // namespace sotto::http
