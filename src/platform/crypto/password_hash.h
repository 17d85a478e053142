#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/context.h"
#include "base/secret.h"

namespace sotto::crypto {

namespace internal {
class Slots;
}

inline constexpr std::size_t kPasswordSizeMax = 1024;  ///< Bytes; hashing cost nothing more anyway.

/// The cost of a password's hash; each bound has a defined answer.
struct PasswordHashOptions {
  /// Bytes for each hash at work; RFC 9106 §4 recommends 64 MiB where 2 GiB are too much.
  std::uint64_t memory = std::uint64_t{64} << 20;
  std::uint32_t passes = 3;
  /// Hashes at work at once, so that a flood of logins takes no more than this times `memory`.
  std::size_t concurrent_max = 2;
};

/// Hashes passwords with argon2id (RFC 9106) into the text form that names its own parameters.
///
/// Any thread; takes part of a second on purpose, and waits within its context while
/// `concurrent_max` others are at work ("base.deadline_exceeded", "base.cancelled").
class PasswordHasher {
 public:
  struct Verdict {
    bool matches = false;
    /// The password matches a hash that is cheaper than the options: store a new one.
    bool rehash_due = false;
  };

  /// "crypto.password_options": memory from 8 MiB to 1 GiB, passes from 1 to 64.
  static Result<std::unique_ptr<PasswordHasher>> create(const PasswordHashOptions& options);
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  /// "$argon2id$v=19$m=65536,t=3,p=1$...", at most 127 characters. Any bytes, NUL too, are a
  /// password. "crypto.password_too_long" above kPasswordSizeMax; "crypto.out_of_memory".
  Result<std::string> hash(const CallContext& context, const Secret& password) const;

  /// A password that is too long matches nothing. "crypto.password_hash_malformed" where `encoded`
  /// is not a hash, or one that asks for more memory or passes than any options may: a planted one
  /// would stop the server.
  Result<Verdict> verify(const CallContext& context, const Secret& password,
                         std::string_view encoded) const;

  /// The options with as many passes as fit into `target` on this machine, by one hash that is
  /// timed; never fewer than 2. hash()'s errors.
  static Result<PasswordHashOptions> calibrate(const CallContext& context, const Clock& clock,
                                               std::chrono::milliseconds target,
                                               PasswordHashOptions options);

  const PasswordHashOptions& options() const { return options_; }

 private:
  explicit PasswordHasher(const PasswordHashOptions& options);

  const PasswordHashOptions options_;
  std::unique_ptr<internal::Slots> slots_;
};

}  // namespace sotto::crypto
