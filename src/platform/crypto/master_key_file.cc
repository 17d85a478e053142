#include "platform/crypto/master_key_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <sodium.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemps is not in <cstdlib>.
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/crypto/internal/key_file_status.h"
#include "platform/crypto/internal/master_key_text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::crypto {
namespace {

using std::filesystem::path;

constexpr std::size_t kFileSizeMax = std::size_t{16} << 10;
constexpr std::string_view kSuffix = ".part";

std::string shown(const path& file) { return printable(file.native()); }

path folder_of(const path& file) { return file.has_parent_path() ? file.parent_path() : path("."); }

Error not_a_file(std::string_view shown, std::string_view what) {
  return Error(ErrorCode::kPreconditionFailed, "crypto.master_key_not_a_file",
               "The master key file " + std::string(shown) + " is " + std::string(what) +
                   ", and must be an ordinary file.");
}

KeyRing ring_of(std::vector<Key> keys) {
  Key current = std::move(keys.front());
  keys.erase(keys.begin());
  return KeyRing(std::move(current), std::move(keys));
}

/// Of an opened file, so that what was checked is what is read.
Result<Secret> read_checked(int fd, const path& file) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return runtime::system_error(errno, "read " + shown(file));
  SOTTO_TRY(internal::check_key_file_status(status, ::geteuid(), shown(file)));
  std::string text(kFileSizeMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return runtime::system_error(errno, "read " + shown(file));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  Secret secret(text.substr(0, size));
  ::sodium_memzero(text.data(), text.size());
  if (size > kFileSizeMax)
    return internal::master_key_malformed(
        "The master key file", "it is larger than " + std::to_string(kFileSizeMax) + " bytes");
  return secret;
}

Result<std::vector<Key>> read_keys(const path& file) {
  // O_NONBLOCK: a pipe in its place must not hang the start. It changes nothing for files.
  const runtime::UniqueFd fd(
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ELOOP) return not_a_file(shown(file), "a symbolic link");
  if (!fd && errno == ENXIO) return not_a_file(shown(file), "a socket");
  if (!fd) return runtime::system_error(errno, "read the master key file " + shown(file));
  SOTTO_ASSIGN(const Secret text, read_checked(fd.get(), file));
  return internal::parse_master_key_text(text.reveal());
}

/// A file of its own beside `target`, mode 0600, on disk; gone again unless it was moved.
class PartFile {
 public:
  static Result<PartFile> write(const path& target, std::string_view text) {
    std::string name =
        folder_of(target) / ('.' + target.filename().native() + ".XXXXXX" + std::string(kSuffix));
    const std::string doing = "write the master key file " + shown(target);
    // Made with O_EXCL and mode 0600, by the library's own promise.
    runtime::UniqueFd fd(::mkostemps(name.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC));
    if (!fd) return runtime::system_error(errno, doing);
    PartFile part(std::move(name));
    SOTTO_TRY(runtime::write_all(fd.get(), text, doing));
    if (::fsync(fd.get()) != 0 || ::close(fd.release()) != 0)
      return runtime::system_error(errno, doing);
    return part;
  }
  ~PartFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  PartFile(PartFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  PartFile& operator=(PartFile&&) = delete;

  /// False where `target` is there already.
  Result<bool> move_to_new(const path& target) {
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      name_.clear();
      return settle(target);
    }
    // Some file systems (NFS) know no such rename; a hard link refuses what exists as well.
    if (errno == EINVAL && ::link(name_.c_str(), target.c_str()) == 0) return settle(target);
    if (errno == EEXIST) return false;
    return runtime::system_error(errno, "make the master key file " + shown(target));
  }

  Result<bool> move_over(const path& target) {
    if (::rename(name_.c_str(), target.c_str()) != 0)
      return runtime::system_error(errno, "write the master key file " + shown(target));
    name_.clear();
    return settle(target);
  }

 private:
  explicit PartFile(std::string name) : name_(std::move(name)) {}

  /// The name of a key must survive a power cut, or data would be encrypted under a key that is
  /// gone: unlike elsewhere, a folder that cannot be synced is an error.
  static Result<bool> settle(const path& target) {
    const runtime::UniqueFd folder(
        ::open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0)
      return runtime::system_error(errno, "make durable the master key file " + shown(target));
    return true;
  }

  std::string name_;
};

Result<KeyRing> replace(const path& file, std::vector<Key> keys) {
  SOTTO_ASSIGN(PartFile part,
               PartFile::write(file, internal::write_master_key_text(keys).reveal()));
  SOTTO_TRY(part.move_over(file));
  return ring_of(std::move(keys));
}

}  // namespace

Result<> internal::check_key_file_status(const struct stat& status, uid_t user,
                                         std::string_view shown) {
  if (!S_ISREG(status.st_mode))
    return not_a_file(shown, S_ISDIR(status.st_mode) ? "a folder" : "a device, pipe or socket");
  if (status.st_uid != user)
    return Error(ErrorCode::kPreconditionFailed, "crypto.master_key_foreign",
                 "The master key file " + std::string(shown) + " belongs to the user with number " +
                     std::to_string(status.st_uid) + ", and Sotto runs as " + std::to_string(user) +
                     ". Run it as that user, or say: chown " + std::to_string(user) + ' ' +
                     std::string(shown));
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return Error(ErrorCode::kPreconditionFailed, "crypto.master_key_exposed",
                 "Other users may read or change the master key file " + std::string(shown) +
                     ". Say: chmod 600 " + std::string(shown) +
                     " and rotate the key if somebody may have read it.");
  return {};
}

Result<KeyRing> open_master_key_file(const path& file, EncryptedData data, Random& random) {
  auto existing = read_master_key_file(file);
  if (existing || existing.error().code() != ErrorCode::kNotFound) return existing;
  if (data == EncryptedData::kExists)
    return Error(ErrorCode::kPreconditionFailed, "crypto.master_key_missing",
                 "The data is encrypted, and its master key file " + shown(file) +
                     " is missing. Put the copy that was made of it back in its place.");
  std::vector<Key> keys;
  keys.push_back(Key::make(random));
  SOTTO_ASSIGN(PartFile part,
               PartFile::write(file, internal::write_master_key_text(keys).reveal()));
  SOTTO_ASSIGN(const bool is_ours, part.move_to_new(file));
  if (is_ours) return ring_of(std::move(keys));
  return read_master_key_file(file);
}

Result<KeyRing> read_master_key_file(const path& file) {
  SOTTO_ASSIGN(std::vector<Key> keys, read_keys(file));
  return ring_of(std::move(keys));
}

Result<KeyRing> rotate_master_key_file(const path& file, Random& random) {
  SOTTO_ASSIGN(std::vector<Key> old, read_keys(file));
  if (old.size() >= internal::kMasterKeysMax)
    return Error(ErrorCode::kPreconditionFailed, "crypto.master_keys_full",
                 "The master key file holds " + std::to_string(old.size()) +
                     " keys, the most that it may. Finish a rotation first, so that old ones can "
                     "be forgotten.");
  std::vector<Key> keys;
  keys.reserve(old.size() + 1);
  keys.push_back(Key::make(random));
  std::move(old.begin(), old.end(), std::back_inserter(keys));
  return replace(file, std::move(keys));
}

Result<KeyRing> prune_master_key_file(const path& file) {
  SOTTO_ASSIGN(std::vector<Key> keys, read_keys(file));
  keys.erase(keys.begin() + 1, keys.end());
  return replace(file, std::move(keys));
}

Result<KeyRing> master_keys_from_secret(const Secret& secret) {
  std::string_view rest = secret.reveal();
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r' || rest.back() == ' '))
    rest.remove_suffix(1);  // What an editor leaves at the end of a secret's file.
  std::vector<Key> keys;
  for (;;) {
    const std::size_t comma = rest.find(',');
    SOTTO_ASSIGN(Key key, internal::parse_master_key(rest.substr(0, comma),
                                                     "The master key that was given"));
    keys.push_back(std::move(key));
    if (keys.size() > internal::kMasterKeysMax)
      return internal::master_key_malformed("The master key that was given", "it is too long");
    if (comma == std::string_view::npos) return ring_of(std::move(keys));
    rest.remove_prefix(comma + 1);
  }
}

Result<KeyRing> parse_master_key_file(std::string_view text) {
  SOTTO_ASSIGN(std::vector<Key> keys, internal::parse_master_key_text(text));
  return ring_of(std::move(keys));
}

}  // namespace sotto::crypto
