#include "platform/crypto/internal/master_key_text.h"

#include <algorithm>
#include <sodium.h>
#include <span>
#include <string>
#include <utility>

#include "platform/crypto/hex.h"
#include "platform/crypto/key_ring.h"
#include "platform/crypto/token.h"

namespace sotto::crypto::internal {
namespace {

constexpr std::string_view kPrefix = "sotto_m_";
constexpr std::string_view kTitle = "sotto master keys 1";

constexpr std::string_view kComment =
    "# Whoever has this file can read everything that Sotto encrypted; without it nobody can.\n"
    "# MAKE A COPY NOW, and keep it apart from the copies of the data: if this file is lost, the\n"
    "# recordings are lost. Nobody but the user who runs Sotto may read it (mode 0600).\n"
    "# Lines: which key (current: encrypts; old: only decrypts), its ID, the key.\n";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Cuts the next word off the front of `text`.
std::string_view next_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

Result<Key> parse_line(std::string_view line, bool is_first, std::string_view where) {
  const std::string_view role = next_word(line);
  const std::string_view id = next_word(line);
  const std::string_view text = next_word(line);
  if (role != "current" && role != "old")
    return master_key_malformed(where, R"(it must begin with "current" or "old")");
  if (is_first != (role == "current"))
    return master_key_malformed(where, "the first key must be the current one, and no other");
  if (text.empty() || !trimmed(line).empty())
    return master_key_malformed(where, "it must hold three words: current or old, ID, key");
  SOTTO_ASSIGN(Key key, parse_master_key(text, where));
  if (KeyId::of(key).to_string() != id)
    return master_key_malformed(where, "the ID is not that of its key");
  return key;
}

}  // namespace

Error master_key_malformed(std::string_view where, std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, "crypto.master_key_malformed",
               std::string(where) + " cannot be used: " + std::string(what) + '.');
}

Result<Key> parse_master_key(std::string_view text, std::string_view where) {
  if (auto key = parse_token(kPrefix, text)) return key;
  if (auto bytes = from_hex(text); bytes && bytes->size() == Key::kSize) {
    Key key{std::span<const std::byte, Key::kSize>(*bytes)};
    ::sodium_memzero(bytes->data(), bytes->size());
    return key;
  }
  return master_key_malformed(
      where,
      "the key has a wrong character or is cut off; it begins with sotto_m_ and has 57 "
      "characters, or 64 hexadecimal digits in lower case");
}

Result<std::vector<Key>> parse_master_key_text(std::string_view text) {
  std::vector<Key> keys;
  bool has_title = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::string where = "Line " + std::to_string(number) + " of the master key file";
    if (!std::exchange(has_title, true)) {
      if (line != kTitle)
        return master_key_malformed(where, "it must be \"" + std::string(kTitle) + '"');
      continue;
    }
    if (keys.size() == kMasterKeysMax)
      return master_key_malformed(
          where, "there are more than " + std::to_string(kMasterKeysMax) + " keys");
    SOTTO_ASSIGN(Key key, parse_line(line, keys.empty(), where));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return master_key_malformed("The master key file", "there is no key in it");
  return keys;
}

Secret write_master_key_text(const std::vector<Key>& keys) {
  std::string text;
  text.reserve(kTitle.size() + kComment.size() + keys.size() * 128 + 1);  // No copies by growing.
  text.append(kTitle).append("\n").append(kComment);
  for (const Key& key : keys) {
    text.append(&key == keys.data() ? "current " : "old ");
    text.append(KeyId::of(key).to_string()).append(" ");
    text.append(encode_token(kPrefix, key).reveal()).append("\n");
  }
  Secret secret(text);
  ::sodium_memzero(text.data(), text.size());
  return secret;
}

}  // namespace sotto::crypto::internal
