#include "app/internal/doctor_checks.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

#include "app/internal/setting_rules.h"
#include "base/text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::app::internal {
namespace {

using State = Finding::State;

constexpr std::uint64_t kSpaceNeeded = std::uint64_t{64} << 20;  // The server alone starts in it.
constexpr std::uint64_t kSpaceWanted = std::uint64_t{1} << 30;   // An hour of uploads or so.
constexpr std::chrono::seconds kAnswerWait{2};
constexpr long kFuseMagic = 0x65735546;
constexpr long kCifsMagic = 0xff534d42;

std::string in_mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

Finding file_system(const std::filesystem::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0)
    return {"data file system", State::kWarn, "Its kind cannot be told.", ""};
  switch (status.f_type) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
      return {"data file system", State::kWarn, "The data folder lies in memory.",
              "Everything is gone at a restart; choose a folder on a disk."};
    case NFS_SUPER_MAGIC:
    case kCifsMagic:
    case SMB2_SUPER_MAGIC:
    case kFuseMagic:
      return {"data file system", State::kWarn,
              "The data folder lies on a network or FUSE file system.",
              "Locks and durable writes are not reliable there; choose a local disk."};
    default:
      return {"data file system", State::kOk, "A local one.", ""};
  }
}

Finding free_space(const std::filesystem::path& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0)
    return {"data space", State::kWarn, "The free space cannot be told.", ""};
  const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
  const State state = free < kSpaceNeeded   ? State::kFail
                      : free < kSpaceWanted ? State::kWarn
                                            : State::kOk;
  return {"data space", state, in_mebibytes(free) + " are free.",
          state == State::kOk ? "" : "Make room, or choose another data folder."};
}

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

SocketAddress socket_address(const http::Endpoint& endpoint) {
  SocketAddress result;
  if (!endpoint.unix_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint.unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
    std::memcpy(&result.bytes, &address, sizeof address);
    result.size = sizeof address;
  } else if (endpoint.address.find(':') != std::string::npos) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    ::inet_pton(AF_INET6, endpoint.address.c_str(), &address.sin6_addr);
    std::memcpy(&result.bytes, &address, sizeof address);
    result.size = sizeof address;
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr);
    std::memcpy(&result.bytes, &address, sizeof address);
    result.size = sizeof address;
  }
  return result;
}

/// What is answered to GET /version; empty where nobody answers in time.
std::string ask_version(const CallContext& context, const http::Endpoint& endpoint) {
  const SocketAddress address = socket_address(endpoint);
  const runtime::UniqueFd fd(
      ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return "";
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) != 0 &&
      errno != EINPROGRESS)
    return "";
  const CallContext call = context.sooner(std::chrono::steady_clock::now() + kAnswerWait);
  const auto ready = [&](short events) {
    pollfd poll{.fd = fd.get(), .events = events, .revents = 0};
    const auto wait = call.remaining(kAnswerWait);
    return call.check() && ::poll(&poll, 1, static_cast<int>(wait.count())) > 0;
  };
  if (!ready(POLLOUT)) return "";
  constexpr std::string_view kQuestion =
      "GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(fd.get(), kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(kQuestion.size()))
    return "";
  std::string answer;
  std::array<char, 4096> piece{};
  while (answer.size() < piece.size() && ready(POLLIN)) {
    const ssize_t got = ::recv(fd.get(), piece.data(), piece.size(), 0);
    if (got <= 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

/// errno of binding there; 0 where it works.
int try_to_bind(const http::Endpoint& endpoint) {
  const SocketAddress address = socket_address(endpoint);
  const runtime::UniqueFd fd(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd) return errno;
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  const auto* raw = reinterpret_cast<const sockaddr*>(&address.bytes);
  return ::bind(fd.get(), raw, address.size) == 0 ? 0 : errno;
}

}  // namespace

void check_data_folder(const std::filesystem::path& folder, std::vector<Finding>& findings) {
  std::error_code failure;
  std::filesystem::path nearest = folder;
  while (!std::filesystem::exists(nearest, failure) && nearest.has_relative_path())
    nearest = nearest.parent_path();
  if (nearest.empty()) nearest = ".";
  const std::string name = printable(folder.native());
  struct stat status {};
  if (::stat(nearest.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    findings.push_back(
        {"data folder", State::kFail, name + " is no folder.", "Name a folder with --data."});
    return;
  }
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) {
    findings.push_back({"data folder", State::kFail,
                        "This user cannot write in " + printable(nearest.native()) + '.',
                        "Give it to the user that runs the server: chown."});
  } else if (nearest != folder) {
    findings.push_back({"data folder", State::kOk, name + " is made at the first start.", ""});
  } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    findings.push_back(
        {"data folder", State::kWarn, "Others can look into " + name + '.', "chmod 700 " + name});
  } else {
    findings.push_back({"data folder", State::kOk, name + " belongs to this user alone.", ""});
  }
  findings.push_back(free_space(nearest));
  findings.push_back(file_system(nearest));
}

Finding check_endpoint_use(const CallContext& context, const http::Endpoint& endpoint) {
  const std::string place = printable(endpoint.to_string());
  const bool is_unix = !endpoint.unix_path.empty();
  // A socket file would have to be made to try it: asking is enough.
  const int refused = is_unix ? EADDRINUSE : try_to_bind(endpoint);
  if (refused == 0) return {"address", State::kOk, place + " is free.", ""};
  if (refused == EADDRINUSE) {
    const std::string answer = ask_version(context, endpoint);
    if (answer.find(R"("name":"sotto")") != std::string::npos)
      return {"address", State::kOk, "A Sotto server answers at " + place + '.', ""};
    if (answer.starts_with("HTTP/1.1 404") && answer.find("X-Request-Id") == std::string::npos)
      return {"address", State::kOk,
              "An HTTP server (of metrics, it seems) answers at " + place + '.', ""};
    if (is_unix && answer.empty())
      return {"address", State::kOk, "Nobody listens at " + place + '.', ""};
    return {"address", State::kFail, "Another program listens at " + place + '.',
            "End it, or listen elsewhere: server.listen."};
  }
  const std::string why = std::generic_category().message(refused);
  return {"address", State::kFail, "Cannot listen at " + place + ": " + why + '.',
          refused == EACCES ? "Ports below 1024 need AmbientCapabilities=CAP_NET_BIND_SERVICE; or "
                              "choose a higher one."
                            : "Name an address that this machine has."};
}

void check_sandbox(std::vector<Finding>& findings) {
  const bool seccomp = look_around("/", "").has_seccomp;
  findings.push_back(
      {"sandbox seccomp", seccomp ? State::kOk : State::kWarn,
       seccomp ? "The kernel can filter system calls." : "The kernel offers no seccomp.",
       seccomp ? "" : "Use a kernel (or a container runtime) that has it."});
  const long landlock =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  findings.push_back({"sandbox landlock", State::kOk,
                      landlock > 0 ? "Version " + std::to_string(landlock) + '.'
                                   : "Not offered; seccomp is enough.",
                      ""});
  const auto spaces = runtime::read_file("/proc/sys/user/max_user_namespaces", 64);
  const bool offered = spaces && !spaces->starts_with("0");
  findings.push_back(
      {"sandbox namespaces", State::kOk,
       offered ? "The kernel offers user namespaces." : "No user namespaces; seccomp is enough.",
       ""});
}

Finding check_storage(const CallContext& context, const StorageOptions& options) {
  std::error_code ignored;
  const bool is_new = options.database_url.empty() &&
                      !std::filesystem::exists(options.data / Storage::kDatabaseFile, ignored);
  if (is_new)
    return {"storage", State::kOk, "The first start makes the database and the master key.", ""};
  const auto report = examine_storage(context, options);
  if (!report)
    return {"storage", State::kFail, report.error().message(),
            "docs/guides/operate.md says what to do about the database and the master key."};
  std::string problems;
  for (const std::string& problem : report->problems) problems += ' ' + problem;
  if (!problems.empty())
    return {"storage", State::kFail, report->engine + " found:" + problems,
            "Stop the server, keep a copy of the data folder, and restore a backup."};
  return {"storage", State::kOk, report->engine + " is sound, and the master key fits.", ""};
}

}  // namespace sotto::app::internal
