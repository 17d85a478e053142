#pragma once

#include <filesystem>
#include <vector>

#include "app/doctor.h"
#include "app/storage.h"
#include "base/context.h"
#include "platform/http/server.h"

namespace sotto::app::internal {

/// Rights, space and kind of file system of the data folder, or of the folder it would be made in.
void check_data_folder(const std::filesystem::path& folder, std::vector<Finding>& findings);

/// The database, looked at as far as it can be, and whether the master key fits to it.
Finding check_storage(const CallContext& context, const StorageOptions& options);

/// Whether the address is free, or a server of ours answers there.
Finding check_endpoint_use(const CallContext& context, const http::Endpoint& endpoint);

/// What the kernel offers to lock a decoder in.
void check_sandbox(std::vector<Finding>& findings);

}  // namespace sotto::app::internal
