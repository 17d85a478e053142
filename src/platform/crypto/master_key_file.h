#pragma once

#include <filesystem>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "platform/crypto/key_ring.h"

namespace sotto::crypto {

/// Whether there is anything that was encrypted with a master key; the caller knows.
enum class EncryptedData : bool { kNone, kExists };

/// The ring in the master key file. Made with a fresh key where there is none and nothing was
/// encrypted yet: mode 0600, whole or not at all, durable before this returns; of two starts at
/// once one makes it and both get its key. Blocks on the disk.
///
/// "crypto.master_key_missing" where data is encrypted and the file is gone: a new key would look
/// like a working start and hide the loss. Refused without being used, since whoever can read or
/// replace the file owns the data: "crypto.master_key_exposed" (group or others may read or write
/// it), "crypto.master_key_foreign" (another user owns it), "crypto.master_key_not_a_file" (a link,
/// a folder, ...). "crypto.master_key_malformed" names the line; else runtime::system_error's.
Result<KeyRing> open_master_key_file(const std::filesystem::path& file, EncryptedData data,
                                     Random& random);

/// The ring in an existing file, with the same errors.
Result<KeyRing> read_master_key_file(const std::filesystem::path& file);

/// Puts a fresh key in front of those of the file, which become old ones; whole or not at all.
/// The ring that is returned rewraps what is stored. One process at a time, as the lock of the data
/// folder ensures. "crypto.master_keys_full" where too many old ones are kept already.
Result<KeyRing> rotate_master_key_file(const std::filesystem::path& file, Random& random);
/// Forgets the old keys, once everything was rewrapped.
Result<KeyRing> prune_master_key_file(const std::filesystem::path& file);

/// The ring out of a secret that was given by a setting or the environment instead of a file: the
/// text of a key as in the file ("sotto_m_...") or 64 hexadecimal digits, optionally followed by
/// old ones behind commas. "crypto.master_key_malformed".
Result<KeyRing> master_keys_from_secret(const Secret& secret);

/// The ring in the text of a master key file; "crypto.master_key_malformed" names the line.
Result<KeyRing> parse_master_key_file(std::string_view text);

}  // namespace sotto::crypto
