#include "platform/sql/testing/postgres_server.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/runtime/child_process.h"

namespace sotto::sql {
namespace {

constexpr std::size_t kOutputMax = 16'384;

}  // namespace

PostgresServer::PostgresServer() {
  // The server's user must get through.
  SOTTO_CHECK(::chmod(folder_.path().c_str(), 0755) == 0);
  start();
}

PostgresServer::~PostgresServer() {
  if (is_frozen_) thaw();
  if (is_running_) stop();
}

void PostgresServer::start() {
  call("start");
  is_running_ = true;
}

void PostgresServer::stop() {
  call("stop");
  is_running_ = false;
}

void PostgresServer::kill() {
  call("kill");
  is_running_ = is_frozen_ = false;
}

void PostgresServer::freeze() {
  call("freeze");
  is_frozen_ = true;
}

void PostgresServer::thaw() {
  call("thaw");
  is_frozen_ = false;
}

std::string PostgresServer::url(const std::string& user, const std::string& database) const {
  return "postgresql://" + user + "@/" + database + "?host=" + (folder_ / "server/socket").string();
}

void PostgresServer::call(const char* command) const {
  const char* root = std::getenv("SOTTO_SOURCE_DIR");
  const std::filesystem::path tool =
      std::filesystem::path(root == nullptr ? "." : root) / "tools/test-postgres";
  const auto result = runtime::run_command(
      CallContext::with_timeout(std::chrono::seconds(100)),
      {.arguments = {"python3", tool.string(), command, (folder_ / "server").string()},
       .capture_output = true,
       .capture_error = true},
      kOutputMax);
  if (!result || !result->exit.success())
    ADD_FAILURE() << "tools/test-postgres " << command << ": "
                  << (result ? result->output : result.error().describe());
  SOTTO_CHECK(result.has_value() && result->exit.success());
}

}  // namespace sotto::sql
