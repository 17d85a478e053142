#include "platform/http/spool.h"

#include <cerrno>
#include <fcntl.h>
#include <span>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemp is not in <cstdlib>.
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

#include "platform/runtime/system_error.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http {
namespace {

constexpr std::string_view kDoing = "store the body of the request";

class DiskSpoolFile final : public SpoolFile {
 public:
  explicit DiskSpoolFile(runtime::UniqueFd fd) : fd_(std::move(fd)) {}

  Result<> write(const CallContext& context, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      SOTTO_TRY(context.check());
      const ssize_t count =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return runtime::system_error(errno, kDoing);
      size_ += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                           std::span<std::byte> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      SOTTO_TRY(context.check());
      const auto rest = into.subspan(done);
      const ssize_t count =
          ::pread(fd_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return runtime::system_error(errno, "read the stored body of the request");
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

 private:
  const runtime::UniqueFd fd_;
  std::uint64_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<SpoolFile>> make_spool_file(const std::filesystem::path& folder) {
  runtime::UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600));
  // What file systems and kernels say that know no files without a name (open(2)).
  if (!fd && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = (folder / ".body-XXXXXX").native();
    fd = runtime::UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    if (fd) ::unlink(name.c_str());
  }
  if (!fd) return runtime::system_error(errno, kDoing);
  return std::unique_ptr<SpoolFile>(std::make_unique<DiskSpoolFile>(std::move(fd)));
}

}  // namespace sotto::http
