#pragma once

#include "app/service.h"
#include "app/settings.h"

namespace sotto::app {

/// What the server is told by the settings.
ServiceOptions service_options(const Settings& settings);
/// And what its storage is told.
StorageOptions storage_options(const Settings& settings);

/// Whether others than this machine can reach it there: no Unix socket and no loopback.
bool is_public(const http::Endpoint& endpoint);

/// "app.plain_http" where the server would speak plain HTTP beyond this machine unasked.
Result<> check_listening(const ServiceOptions& options);

}  // namespace sotto::app
