#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/context.h"
#include "base/mutex.h"
#include "platform/http/router.h"

namespace sotto::http {

/// SHA-256 of what was asked.
using RequestFingerprint = std::array<std::uint8_t, 32>;

/// The part of an answer that is given again; bodies in memory alone.
struct KeptAnswer {
  int status = 200;
  std::string content_type;  ///< Empty: none.
  std::string location;      ///< Empty: none.
  std::string etag;
  std::string body;
};

/// Remembers which requests were done. Any thread.
class IdempotencyStore {
 public:
  enum class State : std::uint8_t {
    kNew,         ///< Claimed for this caller: finish() or abandon() must follow.
    kInProgress,  ///< Another request with the key is in work.
    kFinished,    ///< `answer` is what was answered.
    kMismatch,    ///< The key came with another request.
  };
  struct Claim {
    State state = State::kNew;
    KeptAnswer answer;
  };

  virtual ~IdempotencyStore() = default;
  /// `id` names whose key it is, of which route; it is claimed at most once at a time.
  /// "http.idempotency_full" where nothing more can be remembered.
  virtual Result<Claim> begin(const CallContext& context, const std::string& id,
                              const RequestFingerprint& fingerprint) = 0;
  /// The request was done; its answer is given from now on, for as long as the store keeps it.
  virtual Result<> finish(const CallContext& context, const std::string& id, KeptAnswer answer) = 0;
  /// The request was not done: it may come again.
  virtual Result<> abandon(const CallContext& context, const std::string& id) = 0;
};

struct MemoryIdempotencyOptions {
  std::size_t count_max = 10'000;      ///< Keys at a time.
  std::size_t bytes_max = 64'000'000;  ///< Of all answers.
  std::chrono::hours lifetime{24};     ///< Of a key, from its first request.
};

/// Remembers in the memory of this process: for a server of one process, until it restarts. The
/// durable store is one table of the database, with the accounts.
///
/// Full, it refuses new keys instead of forgetting old ones, since a forgotten key does something
/// twice.
class MemoryIdempotencyStore final : public IdempotencyStore {
 public:
  explicit MemoryIdempotencyStore(const Clock& clock, const MemoryIdempotencyOptions& options = {})
      : clock_(clock), options_(options) {}

  Result<Claim> begin(const CallContext& context, const std::string& id,
                      const RequestFingerprint& fingerprint) override;
  Result<> finish(const CallContext& context, const std::string& id, KeptAnswer answer) override;
  Result<> abandon(const CallContext& context, const std::string& id) override;

 private:
  struct Entry {
    RequestFingerprint fingerprint{};
    std::optional<KeptAnswer> answer;
  };

  void forget_old() SOTTO_REQUIRES(mutex_);

  const Clock& clock_;
  const MemoryIdempotencyOptions options_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ SOTTO_GUARDED_BY(mutex_);
  /// The ids in the order in which they began.
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::string>> order_
      SOTTO_GUARDED_BY(mutex_);
  std::size_t bytes_ SOTTO_GUARDED_BY(mutex_) = 0;
};

/// The key of an Idempotency-Key field: 1 to 255 visible ASCII characters, in quotes or without.
/// "http.bad_idempotency_key".
Result<std::string_view> parse_idempotency_key(std::string_view field);

/// A handler that does a request with an Idempotency-Key once: what comes again with the same key
/// by the same principal on the same path gets the first answer, with "Idempotency-Replayed: true";
/// while the first is in work "http.idempotency_in_progress", and with another query, type or body
/// "http.idempotency_mismatch". Without the field, or for a request that failed (an error, a status
/// of 500 and above), it is as if this were not here.
///
/// Around the handler and not a middleware, since a middleware stands before authentication and
/// could not give an answer in the handler's place; a route asks for it by wrapping its handler.
/// The handler's answer must be in memory. `store` outlives it.
Handler idempotent(IdempotencyStore& store, Handler handler);

}  // namespace sotto::http
