#pragma once

#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "platform/crypto/key.h"
#include "platform/crypto/sha256.h"

namespace sotto::crypto {

/// Tokens: a prefix that says what they are ("sotto_k_", so that scanners for leaked secrets know
/// them), 256 random bits in base64url, and six characters that catch typing errors and let
/// malformed ones be refused without a look into any database. The prefix is part of the check:
/// a token of one kind does not pass for another.
Secret make_token(std::string_view prefix, Random& random);

/// The text of the token with these bytes inside.
Secret encode_token(std::string_view prefix, const Key& bytes);

/// What is inside `text`; "crypto.token_malformed" (kUnauthenticated) where it is not a token with
/// this prefix or has a wrong character. That it is well-formed does not mean that it is valid.
Result<Key> parse_token(std::string_view prefix, std::string_view text);

/// What is stored instead of a token: HMAC-SHA256 of its text under `key`, a sub-key of the master
/// key. A stolen database then neither holds tokens nor lets them be guessed at or planted.
Sha256Digest hash_token(const Key& key, std::string_view text);

}  // namespace sotto::crypto
