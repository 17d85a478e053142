#include "platform/http/internal/key_file.h"

#include <cerrno>
#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemp is not in <cstdlib>.
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "platform/http/internal/openssl.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::http::internal {

Result<Secret> read_key_file(const std::filesystem::path& path) {
  const std::string name = printable(path.native());
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return runtime::system_error(errno, "read " + name);
  // The group may read: that is how a system shares keys with its servers (Debian's ssl-cert).
  if (S_ISREG(found.st_mode) && (found.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return Error(ErrorCode::kPermissionDenied, "http.tls_key_exposed",
                 "The key " + name + " can be read or written by others; do: chmod 600 " + name);
  SOTTO_ASSIGN(std::string text, runtime::read_file(path, kPemMax));
  return Secret(std::move(text));
}

Result<> write_key_file(const std::filesystem::path& path, std::string_view bytes) {
  // Not AtomicFile, which gives its files the mode of results: for a moment, others could read.
  const std::string doing = "write " + printable(path.native());
  std::string name = (path.parent_path() / ('.' + path.filename().native() + ".XXXXXX")).native();
  runtime::UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));  // Makes 0600.
  if (!file) return runtime::system_error(errno, doing);
  auto written = runtime::write_all(file.get(), bytes, doing);
  if (!written) {
    ::unlink(name.c_str());
    return written;
  }
  if (::fsync(file.get()) != 0 || ::rename(name.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(name.c_str());
    return runtime::system_error(number, doing);
  }
  const runtime::UniqueFd folder(
      ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // The rename stands already; a folder that cannot be synced only makes it durable later.
  if (folder) static_cast<void>(::fsync(folder.get()));
  return {};
}

}  // namespace sotto::http::internal
