#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sotto::http::internal {

/// A file with a private key; "http.tls_key_exposed" where others may read or write it.
Result<Secret> read_key_file(const std::filesystem::path& path);

/// Writes a file that appears whole or not at all and is its owner's alone from its first byte on.
Result<> write_key_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace sotto::http::internal
