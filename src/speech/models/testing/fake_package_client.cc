#include "speech/models/testing/fake_package_client.h"

#include <fcntl.h>
#include <optional>
#include <utility>

#include "platform/runtime/file.h"

namespace sotto::models {

void FakePackageClient::serve(const std::string& address, std::string bytes) {
  const MutexLock lock(mutex_);
  packages_[address] = std::move(bytes);
}

Result<std::filesystem::path> FakePackageClient::fetch(const CallContext& context,
                                                       const Source& source,
                                                       const Download& download) {
  ++fetch_count_;
  if (hook_) hook_(source);
  SOTTO_TRY(context.check());
  std::optional<std::string> bytes;
  {
    const MutexLock lock(mutex_);
    if (const auto found = packages_.find(source.address); found != packages_.end())
      bytes = found->second;
  }
  if (!bytes)
    return Error(ErrorCode::kUnavailable, "models.source_failed",
                 "The " + source.describe() + " could not be fetched.")
        .with_detail("the fake registry has no such package");
  if (bytes->size() > download.bytes_max)
    return Error(ErrorCode::kTooLarge, "models.download_too_large", "It is larger than it should.");
  const std::filesystem::path path = download.folder / "package.tgz";
  const runtime::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  SOTTO_TRY(runtime::write_all(fd.get(), *bytes, "write a fake package"));
  if (download.on_bytes) download.on_bytes(bytes->size());
  return path;
}

}  // namespace sotto::models
