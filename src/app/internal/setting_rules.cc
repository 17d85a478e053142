#include "app/internal/setting_rules.h"

#include <algorithm>
#include <initializer_list>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/internal/setting_checks.h"
#include "app/service_options.h"
#include "base/text.h"

namespace sotto::app::internal {
namespace {

constexpr std::size_t kLineEndings = 4;  // CRLF of the request line and of the empty line.

bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

/// From the root on, links resolved as far as it exists.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code failure;
  const std::filesystem::path whole = std::filesystem::absolute(path, failure);
  return std::filesystem::weakly_canonical(whole, failure);
}

bool is_in_memory(std::filesystem::path path) {
  struct statfs status {};
  while (::statfs(path.c_str(), &status) != 0) {
    if (!path.has_relative_path()) return false;
    path = path.parent_path();
  }
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

bool others_can_change(const std::filesystem::path& file) {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0) return false;
  const bool foreign = status.st_uid != 0 && status.st_uid != ::geteuid();
  return foreign || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool others_can_enter(const std::filesystem::path& folder) {
  struct stat status {};
  return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) != 0;
}

/// A block that public addresses of no common network are in.
bool is_everybody(const http::AddressBlock& block) {
  const auto all_in = [&block](std::initializer_list<std::string_view> addresses) {
    return std::all_of(addresses.begin(), addresses.end(), [&block](std::string_view text) {
      const auto address = http::Address::parse(text);
      return address && block.contains(*address);
    });
  };
  return all_in({"1.1.1.1", "198.41.0.4"}) || all_in({"2606:4700::1", "2a00:1450::1"});
}

/// Whether the text is a PostgreSQL server on another machine that need not prove who it is.
bool is_unproven(const std::string& url) {
  if (url.empty() || url.find("sslmode=verify-full") != std::string::npos) return false;
  const bool by_socket =
      url.find("host=/") != std::string::npos || url.find("host=%2") != std::string::npos;
  const bool here = url.find("@localhost") != std::string::npos ||
                    url.find("@127.0.0.1") != std::string::npos ||
                    url.find("@[::1]") != std::string::npos;
  return !by_socket && !here;
}

Error conflict(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "config.conflict", std::move(message));
}

Error weak(std::string message) {
  return Error(ErrorCode::kPreconditionFailed, "config.weak_setting",
               "Weak under profile = \"production\": " + std::move(message));
}

void add_tls_conflicts(const Settings& settings, std::vector<Error>& found) {
  const Settings::Tls& tls = settings.tls;
  const bool has_all = !tls.certificate_file.empty() && !tls.key_file.empty();
  const bool has_any = !tls.certificate_file.empty() || !tls.key_file.empty();
  const bool takes_files = tls.mode == TlsMode::kFiles;
  if (takes_files != has_all || takes_files != has_any)
    found.push_back(conflict(
        "tls.mode = files, tls.certificate_file and tls.key_file belong together: name both files "
        "with that mode, and none with another."));
  if (tls.mode == TlsMode::kOff && !tls.redirect_listen.empty())
    found.push_back(conflict("tls.redirect_listen needs tls.mode = local or files to send to."));
  const auto url = parse_url(settings.server.public_url);
  if (!tls.redirect_listen.empty() && url && !url->is_secure)
    found.push_back(conflict("server.public_url is " + printable(settings.server.public_url) +
                             ", to which tls.redirect_listen cannot send: name an https:// URL."));
}

}  // namespace

Surroundings look_around(const std::filesystem::path& data, const std::filesystem::path& file) {
  const std::filesystem::path real = resolved(data);
  const bool temporary =
      is_within(real, "/tmp") || is_within(real, "/var/tmp") || is_within(real, "/dev/shm");
  unsigned action = SECCOMP_RET_KILL_PROCESS;
  return {.data_is_temporary = temporary || is_in_memory(real),
          .file_others_can_change = others_can_change(file),
          .file = file.string(),
          .data_others_can_enter = others_can_enter(real),
          .has_seccomp = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0};
}

std::vector<Error> conflicts(const Settings& settings) {
  std::vector<Error> found;
  const Settings::Server& server = settings.server;
  if (server.listen.empty())
    found.push_back(conflict("server.listen is empty, so nobody could reach the server."));
  if (server.request_line_bytes_max + kLineEndings > server.head_bytes_max)
    found.push_back(conflict("server.head_bytes_max (" + std::to_string(server.head_bytes_max) +
                             ") must be larger than server.request_line_bytes_max (" +
                             std::to_string(server.request_line_bytes_max) +
                             "), since the head holds the line."));
  if (server.connections_per_address_max > server.connections_max)
    found.push_back(conflict("server.connections_per_address_max (" +
                             std::to_string(server.connections_per_address_max) +
                             ") must not be larger than server.connections_max (" +
                             std::to_string(server.connections_max) + ")."));
  std::vector<std::string> places;
  for (const auto* listen :
       {&server.listen, &settings.metrics.listen, &settings.tls.redirect_listen})
    for (const http::Endpoint& endpoint : *listen) {
      const std::string place = endpoint.to_string();
      const bool any_port = endpoint.unix_path.empty() && endpoint.port == 0;
      if (!any_port && std::find(places.begin(), places.end(), place) != places.end())
        found.push_back(conflict("server.listen, metrics.listen and tls.redirect_listen name " +
                                 printable(place) + " twice."));
      places.push_back(place);
    }
  add_tls_conflicts(settings, found);
  if (has_password(settings.database.url))
    found.push_back(
        conflict("database.url holds a password, which would be shown wherever the URL "
                 "is: put it into database.password (SOTTO_DATABASE_PASSWORD_FILE)."));
  if (settings.spool.body_bytes_max > settings.spool.bytes_max)
    found.push_back(conflict("spool.body_bytes_max (" +
                             std::to_string(settings.spool.body_bytes_max) +
                             ") must not be larger than spool.bytes_max (" +
                             std::to_string(settings.spool.bytes_max) + ")."));
  if (auto plain = check_listening(service_options(settings)); !plain)
    found.push_back(std::move(plain).error());
  return found;
}

std::vector<Error> weaknesses(const Settings& settings, const Surroundings& surroundings) {
  std::vector<Error> found;
  const Settings::Server& server = settings.server;
  for (const http::Endpoint& endpoint : server.listen)
    if (is_public(endpoint) && settings.tls.mode == TlsMode::kOff)
      found.push_back(weak("server.listen has " + endpoint.to_string() +
                           ", where plain HTTP crosses the network. Set tls.mode, or listen on "
                           "loopback or a Unix socket, behind a proxy that speaks TLS."));
  for (const http::Endpoint& endpoint : settings.metrics.listen)
    if (is_public(endpoint))
      found.push_back(weak("metrics.listen has " + endpoint.to_string() +
                           ", where anybody reads the metrics. Listen on loopback or a Unix "
                           "socket."));
  for (const std::string& origin : server.cors_origins)
    if (const auto url = parse_url(origin); !url || !url->is_secure)
      found.push_back(weak("server.cors_origins has " + printable(origin) +
                           ", whose pages anybody on the way can change. Name https:// origins."));
  if (const auto url = parse_url(server.public_url); url && !url->is_secure)
    found.push_back(weak("server.public_url is " + printable(server.public_url) +
                         ", so that links lead to plain HTTP. Name an https:// URL."));
  if (settings.log.level == obs::LogLevel::kDebug)
    found.push_back(weak("log.level is debug, which tells more than a log should keep. Say info."));
  if (surroundings.data_is_temporary)
    found.push_back(weak("data.folder is " + printable(settings.data.folder.native()) +
                         ", which does not last or is shared by everybody. Choose a folder such as "
                         "/var/lib/sotto."));
  if (surroundings.file_others_can_change)
    found.push_back(weak(printable(surroundings.file) +
                         " can be changed by others than its owner and root. chmod 640, chown."));
  if (surroundings.data_others_can_enter)
    found.push_back(weak("data.folder is " + printable(settings.data.folder.native()) +
                         ", which others on this machine can look into. chmod 700 it."));
  for (const http::AddressBlock& block : server.trusted_proxies)
    if (is_everybody(block))
      found.push_back(
          weak("server.trusted_proxies names everybody, so that anybody chooses the "
               "address they are counted by. Name the proxies."));
  if (is_unproven(settings.database.url))
    found.push_back(
        weak("database.url has no sslmode=verify-full, so that another server could take "
             "the database's place."));
  if (!surroundings.has_seccomp)
    found.push_back(
        weak("the kernel offers no seccomp, so that the decoder of media could not be "
             "put into a sandbox. Use a kernel or container that has it."));
  return found;
}

}  // namespace sotto::app::internal
