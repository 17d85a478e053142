#pragma once

#include <string_view>
#include <sys/stat.h>

#include "base/result.h"

namespace sotto::crypto::internal {

/// Whether a master key file may be trusted by the user `user`; `shown` is its path for messages.
/// "crypto.master_key_not_a_file", "crypto.master_key_foreign", "crypto.master_key_exposed".
Result<> check_key_file_status(const struct stat& status, uid_t user, std::string_view shown);

}  // namespace sotto::crypto::internal
