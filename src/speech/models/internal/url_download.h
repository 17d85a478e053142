#pragma once

#include <filesystem>
#include <string>

#include "speech/models/package_client.h"

namespace sotto::models::internal {

/// Gets one https address into `target` with libcurl. Redirects lead to https only; a transfer that
/// stands still for half a minute is given up. `ca_file` as in SystemPackageClientOptions. Errors
/// as PackageClient::fetch.
Result<> download_url(const CallContext& context, const std::string& url,
                      const std::filesystem::path& target, const Download& download,
                      const std::string& ca_file);

}  // namespace sotto::models::internal
