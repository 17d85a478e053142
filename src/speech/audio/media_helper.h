#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <sys/types.h>

#include "base/context.h"
#include "base/mutex.h"
#include "platform/runtime/child_process.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::audio {

struct MediaHelperOptions {
  /// The program sotto-media; the application knows where it lies (beside its own program).
  std::filesystem::path program;
  /// How long a decoder may work without a word before it counts as stuck and is killed. Any real
  /// file gives samples or asks for bytes many times a second.
  std::chrono::milliseconds silence_max{60'000};
};

/// A decoder process of its own for one file, and the socket to talk to it. Destroying it kills the
/// process. One thread.
class MediaJob {
 public:
  ~MediaJob();
  MediaJob(const MediaJob&) = delete;
  MediaJob& operator=(const MediaJob&) = delete;

  int socket() const { return socket_.get(); }
  /// How the process ended, once its socket has closed; nothing where the server that would know
  /// has ended too.
  Result<std::optional<runtime::ChildExit>> end(const CallContext& context);

 private:
  friend class MediaHelper;
  class Server;
  MediaJob(std::shared_ptr<Server> server, std::uint64_t id, runtime::UniqueFd socket);

  // Shared: a job still asks its own server after MediaHelper has started another.
  const std::shared_ptr<Server> server_;
  const std::uint64_t id_;
  const runtime::UniqueFd socket_;
};

/// The media helper: a server process that has FFmpeg loaded and forks a decoder for every file.
/// Started with the first job, again where it has died, ended with this object. Any thread.
class MediaHelper {
 public:
  explicit MediaHelper(MediaHelperOptions options);
  ~MediaHelper();
  MediaHelper(const MediaHelper&) = delete;
  MediaHelper& operator=(const MediaHelper&) = delete;

  /// "media.helper_missing" where the program is not there or is not ours, "media.helper_died"
  /// where it does not stay alive.
  Result<std::unique_ptr<MediaJob>> start_job(const CallContext& context);

  const MediaHelperOptions& options() const { return options_; }
  /// The server's process id, for diagnostics; none before the first job.
  std::optional<pid_t> server_pid() const;

 private:
  using Server = MediaJob::Server;
  Result<std::shared_ptr<Server>> living_server(const CallContext& context);

  const MediaHelperOptions options_;
  mutable Mutex mutex_;
  CondVar started_;
  bool starting_ SOTTO_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Server> server_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::audio
