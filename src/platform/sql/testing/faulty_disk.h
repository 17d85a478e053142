#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mutex.h"

namespace sotto::sql {

/// A disk for SQLite that fails when told to, and that forgets what was not synced when its power
/// is cut: an SQLite VFS over the system's. Databases on it are closed before it goes. Any thread.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// For DatabaseOptions::sqlite_vfs.
  const std::string& vfs_name() const;

  /// From now on writing gives this SQLite result code; 0 heals.
  void fail_writes_with(int code);
  void fail_syncs(bool fail);
  /// A disk that says it has synced and has not.
  void ignore_syncs();
  /// The power goes at the `operation`-th write, truncation, deletion or sync from now on, which is
  /// not carried out; all after it fail.
  void cut_power_at(std::uint64_t operation);
  bool is_without_power() const;

  /// Writes into `folder` what is on the disk when the power is back: all that was synced, and of
  /// the rest nothing (`seed` divisible by 3) or a random part, single writes torn.
  void save_what_survived(const std::filesystem::path& folder, std::uint64_t seed) const;

 private:
  friend struct FaultyDiskVfs;
  struct Write {
    std::uint64_t offset;
    std::string bytes;
  };
  struct Truncation {
    std::uint64_t size;
  };
  using Change = std::variant<Write, Truncation>;
  struct File {
    bool is_there = false;
    std::string synced;
    std::vector<Change> changes;  // Since then, in order.
  };
  struct Vfs;

  /// What a change meets now: SQLITE_OK, or the error to give.
  int meet(int when_dead) SOTTO_REQUIRES(mutex_);
  static void apply(const Change& change, std::string& content);

  mutable Mutex mutex_;
  std::map<std::string, File> files_ SOTTO_GUARDED_BY(mutex_);
  int write_code_ SOTTO_GUARDED_BY(mutex_) = 0;
  bool fails_syncs_ SOTTO_GUARDED_BY(mutex_) = false;
  bool ignores_syncs_ SOTTO_GUARDED_BY(mutex_) = false;
  bool is_dead_ SOTTO_GUARDED_BY(mutex_) = false;
  std::uint64_t operations_left_ SOTTO_GUARDED_BY(mutex_) = UINT64_MAX;
  std::unique_ptr<Vfs> vfs_;
};

}  // namespace sotto::sql
