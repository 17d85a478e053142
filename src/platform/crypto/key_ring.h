#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "platform/crypto/key.h"

namespace sotto::crypto {

/// Which master key: 8 bytes derived from it, so that a key cannot go by a wrong id. No secret.
struct KeyId {
  std::array<std::byte, 8> bytes{};

  static KeyId of(const Key& key);
  /// 16 lower-case hexadecimal digits.
  std::string to_string() const;

  auto operator<=>(const KeyId&) const = default;
};

/// The master keys: the current one, under which everything new is sealed, and old ones, which only
/// open what was sealed before. Nothing is encrypted with a master key itself: keys of files are
/// wrapped, small secrets sealed, and sub-keys derived for each purpose.
///
/// To rotate: make a ring with a new current key, rewrap() what is stored, then leave the old key
/// out. Never changes after it was made, so any thread may use it; nothing waits.
class KeyRing {
 public:
  /// A small secret to be sealed is at most this large; larger things are streams.
  static constexpr std::size_t kSealMax = 4096;

  /// `old` may hold `current` again, which changes nothing.
  explicit KeyRing(Key current, std::vector<Key> old = {});

  const KeyId& current_id() const { return entries_.front().id; }
  /// All, the current one first.
  std::vector<KeyId> ids() const;

  /// The key of a file (or any 32 bytes), sealed under the current key: 81 bytes to store with the
  /// file. `context` says what it belongs to (kind and id); it unwraps under the same words only.
  std::string wrap(const Key& key, std::string_view context, Random& random) const;
  /// "crypto.key_unknown" where the ring lacks the master key; the message names the one that is
  /// missing. "crypto.sealed_damaged" for anything changed, cut off or of another context.
  Result<Key> unwrap(std::string_view wrapped, std::string_view context) const;

  /// The same for up to kSealMax bytes of another secret; 49 bytes longer than it.
  /// "crypto.seal_too_large".
  Result<std::string> seal(const Secret& secret, std::string_view context, Random& random) const;
  /// unwrap()'s errors.
  Result<Secret> open(std::string_view sealed, std::string_view context) const;

  /// What was wrapped or sealed, under the current key; itself where it is already. Both forms stay
  /// valid as long as the ring has both keys, so that a rotation may stop anywhere and go on.
  Result<std::string> rewrap(std::string_view sealed, std::string_view context,
                             Random& random) const;

  /// The sub-key for `purpose` ("token hash") out of the current key; the same for the same words.
  Key derive(std::string_view purpose) const;
  /// The one out of another key of the ring; "crypto.key_unknown".
  Result<Key> derive(std::string_view purpose, const KeyId& id) const;

  /// Text to store beside the data that tells the right key without revealing it.
  std::string check_value() const;
  /// Ok where a key of the ring made the check value; "crypto.master_key_wrong" otherwise.
  Result<> verify_check_value(std::string_view value) const;

 private:
  struct Entry {
    KeyId id;
    Key key;
  };

  Result<const Entry*> find(const KeyId& id) const;
  /// Of what was sealed: "crypto.sealed_damaged", "crypto.key_unknown".
  Result<const Entry*> find_for(std::string_view sealed) const;
  std::string seal_bytes(std::string_view plain, std::string_view context, Random& random) const;

  std::vector<Entry> entries_;  // Never empty; the current one first.
};

}  // namespace sotto::crypto
