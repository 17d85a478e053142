#include "speech/models/fetcher.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/runtime/system_error.h"
#include "speech/models/internal/archive_reader.h"
#include "speech/models/internal/file_installer.h"

namespace sotto::models {
namespace {

namespace fs = std::filesystem;
using internal::NextChunk;
using Phase = PullProgress::Phase;

// npm holds its cached copy and the packed one at a time, and a registry may pack a little worse
// than the one where the catalogue's number was taken.
constexpr std::uint64_t kDownloadFactor = 3;
constexpr std::uint64_t kDownloadSlack = std::uint64_t{16} << 20;

/// A file still to be had.
struct Job {
  const Model* model;
  const ModelFile* file;
  std::size_t next_source = 0;
  std::vector<std::string> troubles;  ///< One line a source that failed.
  bool is_done = false;
};

/// Errors that the next source would only meet again.
bool ends_the_pull(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kCancelled:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kInsufficientStorage:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kInternal:
      return true;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kNotFound:
    case ErrorCode::kConflict:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupported:
    case ErrorCode::kPreconditionFailed:
    case ErrorCode::kQuotaExceeded:
    case ErrorCode::kDataLoss:
    case ErrorCode::kOverloaded:
    case ErrorCode::kUnavailable:
      return false;
  }
  return true;
}

Result<> make_folders(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the folder " + printable(path.native()));
  return {};
}

std::string trouble_of(const Source& source, const Error& error) {
  std::string line = source.describe() + ": " + error.reason() + ": " + error.message();
  if (!error.detail().empty()) line += " (" + error.detail() + ')';
  return line;
}

Error fetch_failed(const Job& job) {
  std::string detail;
  for (const std::string& trouble : job.troubles) detail += (detail.empty() ? "" : "\n") + trouble;
  return Error(ErrorCode::kUnavailable, "models.fetch_failed",
               "The file " + job.file->name + " of the model " + job.model->name +
                   " could be had from none of its " + std::to_string(job.troubles.size()) +
                   " sources. Check that the network is up and that npm (or pip) is installed and "
                   "reaches its registry, then run `sotto models pull " +
                   job.model->name + "` again.")
      .with_detail(std::move(detail));
}

/// One pull, its locks held.
class Pull {
 public:
  Pull(const CallContext& context, const Catalogue& catalogue, const Store& store,
       PackageClient& client, const ProgressCallback& on_progress)
      : context_(context),
        catalogue_(catalogue),
        store_(store),
        client_(client),
        on_progress_(on_progress) {}

  Result<PullSummary> run(std::span<const Model* const> models) {
    for (const Model* const model : models) SOTTO_TRY(plan(*model));
    if (jobs_.empty()) return summary_;
    working_ = store_.working_folder(*models.front());
    SOTTO_TRY(make_folders(working_));
    SOTTO_TRY(check_room());
    for (Job& job : jobs_)
      while (!job.is_done) SOTTO_TRY(step(job));
    return summary_;
  }

 private:
  void report(Phase phase, std::string subject, std::uint64_t done = 0, std::uint64_t total = 0) {
    if (on_progress_) on_progress_({phase, std::move(subject), std::min(done, total), total});
  }

  /// Notes which files of the model are not there or not what they should be.
  Result<> plan(const Model& model) {
    report(Phase::kChecking, model.name);
    SOTTO_TRY(make_folders(store_.path(model)));
    for (const ModelFile& file : model.files) {
      SOTTO_ASSIGN(const FileState state,
                   internal::check_file(context_, file, store_.path(model, file)));
      if (state != FileState::kIntact) jobs_.push_back({.model = &model, .file = &file});
    }
    return {};
  }

  /// Says before an hour of download what would otherwise be said after it.
  Result<> check_room() const {
    std::uint64_t wanted = 0;
    for (const Job& job : jobs_) wanted += job.file->size;
    std::error_code failure;
    const fs::space_info room = fs::space(working_, failure);
    if (failure || room.available >= wanted) return {};  // Where it cannot be asked, it is tried.
    return Error(ErrorCode::kInsufficientStorage, "models.no_room",
                 "The models need " + std::to_string(wanted >> 20) + " MB, and the disk of " +
                     printable(store_.folder().native()) + " has " +
                     std::to_string(room.available >> 20) + " MB left.");
  }

  /// Tries one way of getting the job's file.
  Result<> step(Job& job) {
    SOTTO_TRY(copy_from_sibling(job));
    if (job.is_done) return {};
    if (job.next_source == job.file->sources.size()) return fetch_failed(job);
    const Source& source = job.file->sources[job.next_source];
    const Result<fs::path> download = downloaded(source);
    if (!download) {
      if (ends_the_pull(download.error())) return download.error();
      give_up(job, download.error());
      return {};
    }
    if (source.kind != SourceKind::kUrl) return unpack(source, *download);
    const auto chunks = internal::file_chunks(*download);
    const Result<> installed =
        chunks ? install(job, *chunks, source.describe()) : Result<>(chunks.error());
    discard(source);
    if (installed) return {};
    if (ends_the_pull(installed.error())) return installed.error();
    give_up(job, installed.error());
    return {};
  }

  /// The same bytes may stand in another model's folder: two Moonshines share their vocabulary.
  Result<> copy_from_sibling(Job& job) {
    for (const Model& model : catalogue_.models())
      for (const ModelFile& file : model.files) {
        const fs::path path = store_.path(model, file);
        if (&file == job.file || file.sha256 != job.file->sha256 ||
            quick_state(file, path) != FileState::kIntact)
          continue;
        const auto chunks = internal::file_chunks(path);
        // Gone or damaged: the sources have it.
        if (!chunks) continue;
        const Result<> installed = install(job, *chunks, model.name);
        if (installed) return {};
        if (ends_the_pull(installed.error())) return installed.error();
      }
    return {};
  }

  Result<> install(Job& job, const NextChunk& next, const std::string& from) {
    std::uint64_t done = 0;
    const NextChunk counted = [&]() -> Result<std::string_view> {
      SOTTO_ASSIGN(const std::string_view chunk, next());
      done += chunk.size();
      report(Phase::kUnpacking, job.file->name, done, job.file->size);
      return chunk;
    };
    SOTTO_TRY(internal::install_file(context_, *job.file, store_.path(*job.model), counted, from));
    job.is_done = true;
    ++summary_.files_installed;
    summary_.bytes_installed += job.file->size;
    return {};
  }

  /// The source's download, fetched the first time that it is asked for; also its failure is kept,
  /// since ten files of one package need not wait for ten timeouts.
  Result<fs::path> downloaded(const Source& source) {
    if (const auto known = downloads_.find(source.address); known != downloads_.end())
      return known->second.result;
    const fs::path folder = working_ / std::to_string(downloads_.size());
    SOTTO_TRY(make_folders(folder));
    report(Phase::kDownloading, source.describe(), 0, source.download_size);
    const bool is_url = source.kind == SourceKind::kUrl;
    const Download download{
        .folder = folder,
        .bytes_max =
            is_url ? source.download_size : source.download_size * kDownloadFactor + kDownloadSlack,
        .on_bytes = [&](std::uint64_t bytes) {
          report(Phase::kDownloading, source.describe(), bytes, source.download_size);
        }};
    Result<fs::path> result = client_.fetch(context_, source, download);
    downloads_.emplace(source.address, Fetched{folder, result});
    return result;
  }

  /// Takes out of the package every file that is still wanted from it.
  Result<> unpack(const Source& package, const fs::path& archive) {
    std::vector<Job*> jobs;
    std::vector<std::string> members;
    for (Job& job : jobs_) {
      const Source* const source = pending_source(job);
      if (source == nullptr || source->address != package.address) continue;
      // Two files of one member (the vocabulary of two models): the second is copied later.
      if (std::find(members.begin(), members.end(), source->member) != members.end()) continue;
      jobs.push_back(&job);
      members.push_back(source->member);
    }
    std::vector<bool> had(jobs.size(), false);
    const Result<> read = internal::read_members(
        context_, archive, members, [&](std::size_t index, const NextChunk& next) -> Result<> {
          had[index] = true;
          const Result<> installed = install(*jobs[index], next, package.describe());
          if (installed) return {};
          if (ends_the_pull(installed.error())) return installed.error();
          give_up(*jobs[index], installed.error());
          return {};
        });
    if (!read && ends_the_pull(read.error())) return read.error();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (had[i]) continue;
      give_up(*jobs[i], !read ? read.error()
                              : Error(ErrorCode::kNotFound, "models.member_missing",
                                      "There is no " + members[i] + " in the package."));
    }
    return {};
  }

  static const Source* pending_source(const Job& job) {
    return job.is_done || job.next_source == job.file->sources.size()
               ? nullptr
               : &job.file->sources[job.next_source];
  }

  static void give_up(Job& job, const Error& error) {
    job.troubles.push_back(trouble_of(job.file->sources[job.next_source], error));
    ++job.next_source;
  }

  /// Frees the room of a file that nobody asks for again.
  void discard(const Source& source) {
    const auto known = downloads_.find(source.address);
    std::error_code ignored;
    fs::remove_all(known->second.folder, ignored);
    downloads_.erase(known);
  }

  struct Fetched {
    fs::path folder;
    Result<fs::path> result;
  };

  const CallContext& context_;
  const Catalogue& catalogue_;
  const Store& store_;
  PackageClient& client_;
  const ProgressCallback& on_progress_;
  fs::path working_;
  std::vector<Job> jobs_;
  std::map<std::string, Fetched> downloads_;
  PullSummary summary_;
};

/// Cleans the models' folders at its end, however the pull ended, while the locks are still held.
class Cleaning {
 public:
  Cleaning(const Store& store, std::span<const Model* const> models)
      : store_(store), models_(models) {
    clean();
  }
  ~Cleaning() {
    clean();
    std::error_code ignored;
    // A pull that brought nothing leaves no empty folder; remove() spares one with files.
    for (const Model* const model : models_) fs::remove(store_.path(*model), ignored);
  }
  Cleaning(const Cleaning&) = delete;
  Cleaning& operator=(const Cleaning&) = delete;

 private:
  void clean() const {
    for (const Model* const model : models_) store_.remove_leftovers(*model);
  }

  const Store& store_;
  const std::span<const Model* const> models_;
};

/// The model's lock; tells that it waits only where it has to.
Result<runtime::FileLock> lock_or_wait(const CallContext& context, const Store& store,
                                       const Model& model, const ProgressCallback& on_progress) {
  Result<runtime::FileLock> at_once =
      store.lock(context.sooner(std::chrono::steady_clock::now()), model);
  if (at_once || at_once.error().code() != ErrorCode::kDeadlineExceeded) return at_once;
  if (on_progress) on_progress({.phase = Phase::kWaiting, .subject = model.name});
  return store.lock(context, model);
}

}  // namespace

Result<PullSummary> Fetcher::pull(const CallContext& context, std::span<const Model* const> models,
                                  const ProgressCallback& on_progress) const {
  // In the order of their names, so that two pulls of several models never wait for each other.
  std::vector<const Model*> ordered(models.begin(), models.end());
  std::sort(ordered.begin(), ordered.end(),
            [](const Model* one, const Model* other) { return one->name < other->name; });
  ordered.erase(std::unique(ordered.begin(), ordered.end()), ordered.end());
  std::vector<runtime::FileLock> locks;
  for (const Model* const model : ordered) {
    SOTTO_ASSIGN(runtime::FileLock lock, lock_or_wait(context, store_, *model, on_progress));
    locks.push_back(std::move(lock));
  }
  const Cleaning cleaning(store_, ordered);
  return Pull(context, catalogue_, store_, client_, on_progress).run(ordered);
}

}  // namespace sotto::models
