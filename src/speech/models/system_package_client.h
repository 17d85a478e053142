#pragma once

#include <string>
#include <utility>

#include "speech/models/package_client.h"

namespace sotto::models {

struct SystemPackageClientOptions {
  std::string npm = "npm";         ///< Program, looked up in PATH.
  std::string python = "python3";  ///< Runs `-m pip`; looked up in PATH.
  std::string ca_file;             ///< Certificates to trust for URLs; the system's where empty.
};

/// The registries' own clients, so that their mirrors, proxies and credentials hold here too:
/// `npm pack --ignore-scripts`, `pip download --no-deps --only-binary :all:` (wheels alone: pip may
/// run the code of a source package), and libcurl for https addresses.
class SystemPackageClient final : public PackageClient {
 public:
  explicit SystemPackageClient(SystemPackageClientOptions options = {})
      : options_(std::move(options)) {}

  Result<std::filesystem::path> fetch(const CallContext& context, const Source& source,
                                      const Download& download) override;

 private:
  const SystemPackageClientOptions options_;
};

}  // namespace sotto::models
