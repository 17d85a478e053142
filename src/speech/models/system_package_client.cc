#include "speech/models/system_package_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <optional>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/runtime/child_process.h"
#include "platform/runtime/system_error.h"
#include "speech/models/internal/url_download.h"

namespace sotto::models {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPollMax{100};        // How often the folder is looked at.
constexpr std::size_t kOutputMax = std::size_t{8} << 10;  // Of what a client says, its end.

/// Bytes of all files below `folder`. Files come and go while it looks.
std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t total = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone) || gone) continue;
    const std::uintmax_t size = entry->file_size(gone);
    if (!gone) total += size;
  }
  return total;
}

Error source_failed(const Source& source, std::string detail) {
  return Error(ErrorCode::kUnavailable, "models.source_failed",
               "The " + source.describe() + " could not be fetched.")
      .with_detail(std::move(detail));
}

/// The clients say a full disk in words; everybody else says it by errno.
bool tells_of_full_disk(std::string_view output) {
  for (const std::string_view words : {"ENOSPC", "EDQUOT", "EFBIG", "No space left on device",
                                       "Disk quota exceeded", "File too large"})
    if (output.find(words) != std::string_view::npos) return true;
  return false;
}

/// One run of a registry's client, watched: what it says is kept, how much it has written is told
/// and bounded.
class ClientRun {
 public:
  ClientRun(const CallContext& context, const Source& source, const Download& download)
      : context_(context), source_(source), download_(download) {}

  Result<> run(std::vector<std::string> arguments, std::vector<std::string> environment) {
    SOTTO_ASSIGN(runtime::ChildProcess child,
                 runtime::ChildProcess::start({.arguments = std::move(arguments),
                                               .folder = download_.folder,
                                               .environment = std::move(environment),
                                               .capture_output = true,
                                               .capture_error = true}));
    bool is_open = true;
    while (is_open) {
      SOTTO_TRY(context_.check());
      SOTTO_TRY(look_at_folder());
      SOTTO_ASSIGN(is_open, read_some(child.output().get()));
    }
    SOTTO_ASSIGN(const runtime::ChildExit exit, child.wait(context_));
    SOTTO_TRY(look_at_folder());
    if (exit.success()) return {};
    if (tells_of_full_disk(output_))
      return runtime::system_error(ENOSPC, "download the " + source_.describe());
    return source_failed(source_, exit.describe() + ": " + printable(output_));
  }

 private:
  Result<> look_at_folder() {
    const std::uint64_t bytes = bytes_below(download_.folder);
    if (download_.on_bytes) download_.on_bytes(bytes);
    if (bytes <= download_.bytes_max) return {};
    return Error(ErrorCode::kTooLarge, "models.download_too_large",
                 "The " + source_.describe() +
                     " is larger than the catalogue says; the download was ended.");
  }

  /// False at the end of the output.
  Result<bool> read_some(int fd) {
    pollfd event{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&event, 1, static_cast<int>(context_.remaining(kPollMax).count())) <= 0) return true;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) return runtime::system_error(errno, "hear a child");
    if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
    if (output_.size() > kOutputMax) output_.erase(0, output_.size() - kOutputMax);
    return count != 0;
  }

  const CallContext& context_;
  const Source& source_;
  const Download& download_;
  std::string output_;
};

Result<fs::path> make_folder(const fs::path& path) {
  std::error_code failure;
  fs::create_directory(path, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the folder " + printable(path.native()));
  return path;
}

/// The one package that the client put into `folder`.
Result<fs::path> only_file(const fs::path& folder, const Source& source,
                           std::initializer_list<std::string_view> extensions) {
  std::optional<fs::path> found;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string extension = entry->path().extension().native();
    if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) continue;
    if (found) return source_failed(source, "the client left more than one package");
    found = entry->path();
  }
  if (failure || !found) return source_failed(source, "the client left no package");
  return *found;
}

}  // namespace

Result<fs::path> SystemPackageClient::fetch(const CallContext& context, const Source& source,
                                            const Download& download) {
  if (source.kind == SourceKind::kUrl) {
    const fs::path target = download.folder / "file";
    SOTTO_TRY(internal::download_url(context, source.address, target, download, options_.ca_file));
    return target;
  }
  SOTTO_ASSIGN(const fs::path package, make_folder(download.folder / "package"));
  SOTTO_ASSIGN(const fs::path cache, make_folder(download.folder / "cache"));
  ClientRun client(context, source, download);
  if (source.kind == SourceKind::kNpm) {
    // A cache of its own: the download can be watched there, and 70 MB stay in nobody's home.
    SOTTO_TRY(
        client.run({options_.npm, "pack", source.address, "--ignore-scripts", "--pack-destination",
                    package.native(), "--cache", cache.native(), "--logs-max=0", "--loglevel=error",
                    "--update-notifier=false", "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
                    "--fetch-timeout=60000"},
                   {}));
    return only_file(package, source, {".tgz"});
  }
  SOTTO_TRY(client.run(
      {options_.python, "-m", "pip", "download", "--no-deps", "--only-binary",
       ":all:", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar",
       "off", "--retries", "1", "--timeout", "60", "-d", package.native(), source.address},
      {"TMPDIR=" + cache.native()}));
  return only_file(package, source, {".whl"});
}

}  // namespace sotto::models
