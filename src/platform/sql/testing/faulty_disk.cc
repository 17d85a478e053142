#include "platform/sql/testing/faulty_disk.h"

#include <atomic>
#include <cstring>
#include <fstream>
#include <sqlite3.h>

#include "base/check.h"
#include "platform/runtime/file.h"

namespace sotto::sql {
namespace {

std::atomic<int> disk_count = 0;

/// Our file, with the system's right behind it in the memory that SQLite gives.
struct ShimFile {
  sqlite3_file base;
  FaultyDisk* disk;
  void* file;  // FaultyDisk::File, null for files that hold nothing to keep (shared memory, temp).
  sqlite3_file* real;
};

ShimFile* shim(sqlite3_file* file) { return reinterpret_cast<ShimFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return shim(file)->real; }

}  // namespace

struct FaultyDisk::Vfs {
  sqlite3_vfs vfs{};
  std::string name;
  sqlite3_vfs* system = nullptr;
};

/// The functions that SQLite calls.
struct FaultyDiskVfs {
  using File = FaultyDisk::File;

  static sqlite3_vfs* system(sqlite3_vfs* vfs) {
    return static_cast<FaultyDisk*>(vfs->pAppData)->vfs_->system;
  }

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
                  int* out_flags) {
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    auto* ours = shim(file);
    ours->base.pMethods = nullptr;
    ours->disk = disk;
    ours->file = nullptr;
    ours->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(ShimFile));
    const int code = system(vfs)->xOpen(system(vfs), name, ours->real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    ours->base.pMethods = &kMethods;
    if (name == nullptr) return code;
    const MutexLock lock(disk->mutex_);
    File& state = disk->files_[name];
    ours->file = &state;
    if (!state.is_there) {
      state.is_there = true;
      // What was there before we looked counts as synced.
      if (const auto content = runtime::read_file(name, 1 << 30)) state.synced = *content;
    }
    return code;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    {
      const MutexLock lock(disk->mutex_);
      if (const int code = disk->meet(SQLITE_IOERR_DELETE); code != SQLITE_OK) return code;
      disk->files_[name] = File();
    }
    return system(vfs)->xDelete(system(vfs), name, sync_folder);
  }

  /// Notes a change of `file`, or says why it fails.
  static int change(sqlite3_file* file, FaultyDisk::Change change, int when_dead) {
    FaultyDisk* disk = shim(file)->disk;
    const MutexLock lock(disk->mutex_);
    if (const int code = disk->meet(when_dead); code != SQLITE_OK) return code;
    if (disk->write_code_ != 0) return disk->write_code_;
    if (auto* state = static_cast<File*>(shim(file)->file))
      state->changes.push_back(std::move(change));
    return SQLITE_OK;
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const int code = change(file,
                            FaultyDisk::Write{static_cast<std::uint64_t>(offset),
                                              std::string(static_cast<const char*>(bytes),
                                                          static_cast<std::size_t>(size))},
                            SQLITE_IOERR_WRITE);
    return code != SQLITE_OK ? code : real(file)->pMethods->xWrite(real(file), bytes, size, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int code = change(file, FaultyDisk::Truncation{static_cast<std::uint64_t>(size)},
                            SQLITE_IOERR_TRUNCATE);
    return code != SQLITE_OK ? code : real(file)->pMethods->xTruncate(real(file), size);
  }

  static int sync(sqlite3_file* file, int /*flags*/) {
    FaultyDisk* disk = shim(file)->disk;
    const MutexLock lock(disk->mutex_);
    if (const int code = disk->meet(SQLITE_IOERR_FSYNC); code != SQLITE_OK) return code;
    if (disk->fails_syncs_) return SQLITE_IOERR_FSYNC;
    auto* state = static_cast<File*>(shim(file)->file);
    if (state == nullptr || disk->ignores_syncs_) return SQLITE_OK;
    for (const FaultyDisk::Change& made : state->changes) FaultyDisk::apply(made, state->synced);
    state->changes.clear();
    return SQLITE_OK;  // The real disk needs not to be waited for.
  }

  static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
  static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), bytes, size, offset);
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
  }
  static int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
  }
  static int check_lock(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
  }
  static int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
  }
  static int characteristics(sqlite3_file* /*file*/) { return 0; }  // A disk that promises nothing.
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shm_unmap(sqlite3_file* file, int remove_it) {
    return real(file)->pMethods->xShmUnmap(real(file), remove_it);
  }

  static const sqlite3_io_methods kMethods;
};

const sqlite3_io_methods FaultyDiskVfs::kMethods{
    .iVersion = 2,
    .xClose = &FaultyDiskVfs::close,
    .xRead = &FaultyDiskVfs::read,
    .xWrite = &FaultyDiskVfs::write,
    .xTruncate = &FaultyDiskVfs::truncate,
    .xSync = &FaultyDiskVfs::sync,
    .xFileSize = &FaultyDiskVfs::file_size,
    .xLock = &FaultyDiskVfs::lock,
    .xUnlock = &FaultyDiskVfs::unlock,
    .xCheckReservedLock = &FaultyDiskVfs::check_lock,
    .xFileControl = &FaultyDiskVfs::control,
    .xSectorSize = &FaultyDiskVfs::sector_size,
    .xDeviceCharacteristics = &FaultyDiskVfs::characteristics,
    .xShmMap = &FaultyDiskVfs::shm_map,
    .xShmLock = &FaultyDiskVfs::shm_lock,
    .xShmBarrier = &FaultyDiskVfs::shm_barrier,
    .xShmUnmap = &FaultyDiskVfs::shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

FaultyDisk::FaultyDisk() : vfs_(std::make_unique<Vfs>()) {
  vfs_->system = sqlite3_vfs_find(nullptr);
  vfs_->name = "faulty-" + std::to_string(disk_count++);
  vfs_->vfs = *vfs_->system;
  vfs_->vfs.pNext = nullptr;
  vfs_->vfs.zName = vfs_->name.c_str();
  vfs_->vfs.szOsFile = vfs_->system->szOsFile + static_cast<int>(sizeof(ShimFile));
  vfs_->vfs.pAppData = this;
  vfs_->vfs.xOpen = &FaultyDiskVfs::open;
  vfs_->vfs.xDelete = &FaultyDiskVfs::remove;
  // The others only use the system's pAppData.
  vfs_->vfs.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    sqlite3_vfs* system = FaultyDiskVfs::system(vfs);
    return system->xAccess(system, name, flags, out);
  };
  vfs_->vfs.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
    sqlite3_vfs* system = FaultyDiskVfs::system(vfs);
    return system->xFullPathname(system, name, size, out);
  };
  SOTTO_CHECK(sqlite3_vfs_register(&vfs_->vfs, 0) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() { sqlite3_vfs_unregister(&vfs_->vfs); }

const std::string& FaultyDisk::vfs_name() const { return vfs_->name; }

void FaultyDisk::fail_writes_with(int code) {
  const MutexLock lock(mutex_);
  write_code_ = code;
}

void FaultyDisk::fail_syncs(bool fail) {
  const MutexLock lock(mutex_);
  fails_syncs_ = fail;
}

void FaultyDisk::ignore_syncs() {
  const MutexLock lock(mutex_);
  ignores_syncs_ = true;
}

void FaultyDisk::cut_power_at(std::uint64_t operation) {
  const MutexLock lock(mutex_);
  operations_left_ = operation;
}

bool FaultyDisk::is_without_power() const {
  const MutexLock lock(mutex_);
  return is_dead_;
}

int FaultyDisk::meet(int when_dead) {
  if (!is_dead_ && --operations_left_ == 0) is_dead_ = true;
  return is_dead_ ? when_dead : SQLITE_OK;
}

void FaultyDisk::apply(const Change& change, std::string& content) {
  if (const auto* write = std::get_if<Write>(&change)) {
    if (content.size() < write->offset + write->bytes.size())
      content.resize(write->offset + write->bytes.size(), '\0');
    content.replace(write->offset, write->bytes.size(), write->bytes);
  } else {
    content.resize(std::get<Truncation>(change).size, '\0');
  }
}

void FaultyDisk::save_what_survived(const std::filesystem::path& folder, std::uint64_t seed) const {
  constexpr std::size_t kSector = 512;
  std::mt19937_64 random(seed);
  const MutexLock lock(mutex_);
  for (const auto& [path, file] : files_) {
    if (!file.is_there) continue;
    std::string content = file.synced;
    for (Change change : file.changes) {
      if (seed % 3 == 0 || random() % 2 == 0) continue;
      if (auto* write = std::get_if<Write>(&change); write != nullptr && random() % 4 == 0) {
        // A part of it, as whole sectors.
        const std::size_t sectors = write->bytes.size() / kSector;
        write->bytes.resize(sectors == 0 ? 0 : random() % sectors * kSector);
      }
      apply(change, content);
    }
    std::ofstream out(folder / std::filesystem::path(path).filename(), std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

}  // namespace sotto::sql
