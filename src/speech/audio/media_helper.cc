#include "speech/audio/media_helper.h"

#include <array>
#include <map>
#include <poll.h>
#include <set>
#include <utility>

#include "base/text.h"
#include "media/protocol/messages.h"
#include "media/protocol/packet_socket.h"

namespace sotto::audio {
namespace {

using media::Transfer;
using runtime::ChildExit;
using runtime::UniqueFd;

constexpr std::size_t kControlPacketMax = 256;
constexpr std::chrono::milliseconds kPoll{20};
/// FFmpeg's libraries load in some tens of milliseconds; a machine that swaps takes longer.
constexpr std::chrono::seconds kStartMax{30};
constexpr int kStartsMax = 3;

Error missing(const std::filesystem::path& program, std::string_view why) {
  return Error(ErrorCode::kUnavailable, "media.helper_missing",
               "The media decoder " + printable(program.filename().native()) + ' ' +
                   std::string(why) + ". Install it beside sotto, from the same build.")
      .with_detail(program.native());
}

}  // namespace

/// One server process and what it has told. Any thread: all of it stands under one mutex, and no
/// call waits while holding it.
class MediaJob::Server {
 public:
  static Result<std::shared_ptr<Server>> start(const CallContext& context,
                                               const std::filesystem::path& program) {
    SOTTO_ASSIGN(media::SocketPair pair, media::make_socket_pair());
    auto process = runtime::ChildProcess::start(
        {.arguments = {program.native()}, .descriptors = {pair.theirs.get()}});
    if (!process) {
      if (process.error().reason() == "runtime.program_missing")
        return missing(program, "is missing or cannot be run");
      return std::move(process).error();
    }
    pair.theirs.reset();
    auto server = std::make_shared<Server>(std::move(process).value(), std::move(pair.ours));
    SOTTO_TRY(server->expect_hello(context, program));
    return server;
  }

  Server(runtime::ChildProcess process, UniqueFd control)
      : process_(std::move(process)), control_(std::move(control)) {}

  /// The new job's id; none where the server has died.
  Result<std::optional<std::uint64_t>> launch(const CallContext& context, int socket) {
    for (;;) {
      {
        const MutexLock lock(mutex_);
        drain();
        const std::uint64_t id = next_id_;
        const auto sent = media::send(control_.get(), media::encode(media::StartJob{.job = id}),
                                      media::Waiting::kNo, socket);
        if (sent == Transfer::kClosed) closed_ = true;
        if (closed_) return std::optional<std::uint64_t>();
        if (sent == Transfer::kDone) {
          ++next_id_;
          running_.insert(id);
          return std::optional(id);
        }
      }
      SOTTO_TRY(media::wait_for(context, control_.get(), POLLIN | POLLOUT, kPoll));
    }
  }

  /// Kills the job's process where it still runs, and forgets it.
  void end_job(std::uint64_t id) {
    const MutexLock lock(mutex_);
    drain();
    if (running_.erase(id) > 0 && !closed_) {
      // Where the server is too busy to hear it, the closed socket ends the process as well.
      (void)media::send(control_.get(), media::encode(media::KillJob{.job = id}),
                        media::Waiting::kNo);
    }
    ended_.erase(id);
  }

  Result<std::optional<ChildExit>> wait_for_end(const CallContext& context, std::uint64_t id) {
    for (;;) {
      {
        const MutexLock lock(mutex_);
        drain();
        const auto found = ended_.find(id);
        if (found != ended_.end()) return std::optional(found->second);
        if (closed_) return std::optional<ChildExit>();
      }
      SOTTO_TRY(media::wait_for(context, control_.get(), POLLIN, kPoll));
    }
  }

  bool closed() {
    const MutexLock lock(mutex_);
    drain();
    return closed_;
  }

  pid_t pid() const { return process_.pid(); }

 private:
  Result<> expect_hello(const CallContext& context, const std::filesystem::path& program) {
    SOTTO_ASSIGN(const bool ready, media::wait_for(context, control_.get(), POLLIN, kStartMax));
    if (!ready) return missing(program, "does not answer");
    std::array<std::byte, kControlPacketMax> buffer{};
    const auto packet = media::receive(control_.get(), buffer, media::Waiting::kNo);
    if (!packet || packet->transfer != Transfer::kDone)
      return missing(program, "is not Sotto's or does not start");
    const auto message = media::decode_from_server(packet->bytes);
    const auto* hello = message ? std::get_if<media::Hello>(&*message) : nullptr;
    if (hello == nullptr || hello->version != media::kProtocolVersion)
      return missing(program, "belongs to another version of Sotto");
    return {};
  }

  /// Takes what the server has reported, without waiting.
  void drain() SOTTO_REQUIRES(mutex_) {
    std::array<std::byte, kControlPacketMax> buffer{};
    while (!closed_) {
      const auto packet = media::receive(control_.get(), buffer, media::Waiting::kNo);
      if (packet && packet->transfer == Transfer::kWouldWait) return;
      const auto message = packet && packet->transfer == Transfer::kDone
                               ? media::decode_from_server(packet->bytes)
                               : Result<media::FromServer>(missing({}, "has ended"));
      const auto* ended = message ? std::get_if<media::JobEnded>(&*message) : nullptr;
      if (ended == nullptr) {
        closed_ = true;  // Gone, or speaking nonsense: either way no more is asked of it.
      } else if (running_.erase(ended->job) > 0) {
        ended_[ended->job] = ended->by_signal ? ChildExit{.signal = ended->value}
                                              : ChildExit{.status = ended->value};
      }
    }
  }

  const runtime::ChildProcess process_;
  const UniqueFd control_;
  Mutex mutex_;
  std::uint64_t next_id_ SOTTO_GUARDED_BY(mutex_) = 1;
  std::set<std::uint64_t> running_ SOTTO_GUARDED_BY(mutex_);
  std::map<std::uint64_t, ChildExit> ended_ SOTTO_GUARDED_BY(mutex_);
  bool closed_ SOTTO_GUARDED_BY(mutex_) = false;
};

MediaJob::MediaJob(std::shared_ptr<Server> server, std::uint64_t id, UniqueFd socket)
    : server_(std::move(server)), id_(id), socket_(std::move(socket)) {}

MediaJob::~MediaJob() { server_->end_job(id_); }

Result<std::optional<ChildExit>> MediaJob::end(const CallContext& context) {
  return server_->wait_for_end(context, id_);
}

MediaHelper::MediaHelper(MediaHelperOptions options) : options_(std::move(options)) {}

MediaHelper::~MediaHelper() = default;

std::optional<pid_t> MediaHelper::server_pid() const {
  const MutexLock lock(mutex_);
  return server_ ? std::optional(server_->pid()) : std::nullopt;
}

Result<std::shared_ptr<MediaHelper::Server>> MediaHelper::living_server(
    const CallContext& context) {
  {
    const MutexLock lock(mutex_);
    while (starting_) SOTTO_TRY(started_.wait(context, mutex_));
    if (server_ && !server_->closed()) return server_;
    starting_ = true;
  }
  auto started = Server::start(context, options_.program);
  std::shared_ptr<Server> dead;  // Ended (killed and reaped) outside the lock.
  {
    const MutexLock lock(mutex_);
    starting_ = false;
    dead = std::exchange(server_, started ? *started : nullptr);
  }
  started_.notify_all();
  return started;
}

Result<std::unique_ptr<MediaJob>> MediaHelper::start_job(const CallContext& context) {
  for (int i = 0; i < kStartsMax; ++i) {
    SOTTO_ASSIGN(auto server, living_server(context));
    SOTTO_ASSIGN(media::SocketPair pair, media::make_socket_pair());
    SOTTO_ASSIGN(const auto id, server->launch(context, pair.theirs.get()));
    if (id)
      return std::unique_ptr<MediaJob>(  // NOLINT: private constructor.
          new MediaJob(std::move(server), *id, std::move(pair.ours)));
  }
  return Error(ErrorCode::kInternal, "media.helper_died",
               "The media decoder does not stay alive. Check the machine's memory and limits.");
}

}  // namespace sotto::audio
