// Written by tools/gen/settings.py out of spec/settings.json: change that.
// clang-format off
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "platform/config/setting.h"
#include "platform/config/values.h"
#include "platform/http/address.h"
#include "platform/http/server.h"
#include "platform/obs/log.h"

namespace sotto::app {

enum class Profile : std::uint8_t { kStandard, kProduction };
enum class TlsMode : std::uint8_t { kOff, kLocal, kFiles };

/// Every effective value, with its type. Each field has the name of its setting; the reference
/// (docs/reference/settings.md) says what it means. Constant once made: any thread.
struct Settings {
  Profile profile{};
  struct Data {
    std::filesystem::path folder;
  } data;
  struct Server {
    std::vector<http::Endpoint> listen;
    std::string public_url;
    std::vector<std::string> hosts;
    std::vector<http::AddressBlock> trusted_proxies;
    std::vector<std::string> cors_origins;
    bool allow_plain_http{};
    std::uint64_t io_threads{};
    std::uint64_t handler_threads{};
    std::uint64_t handler_queue_max{};
    std::uint64_t connections_max{};
    std::uint64_t connections_per_address_max{};
    std::uint64_t requests_per_connection_max{};
    std::uint64_t request_line_bytes_max{};
    std::uint64_t head_bytes_max{};
    std::uint64_t header_count_max{};
    std::chrono::seconds header_timeout_seconds{};
    std::chrono::seconds idle_timeout_seconds{};
    std::chrono::seconds body_timeout_seconds{};
    std::chrono::seconds write_timeout_seconds{};
    std::uint64_t rate_bytes_per_second_min{};
    std::chrono::seconds rate_grace_seconds{};
    std::chrono::seconds stop_grace_seconds{};
  } server;
  struct Tls {
    TlsMode mode{};
    std::filesystem::path certificate_file;
    std::filesystem::path key_file;
    std::vector<http::Endpoint> redirect_listen;
    std::chrono::seconds hsts_seconds{};
  } tls;
  struct Rates {
    double general_per_minute{};
    double general_burst{};
    double login_per_minute{};
    double login_burst{};
    double upload_per_minute{};
    double upload_burst{};
    double speech_per_minute{};
    double speech_burst{};
  } rates;
  struct Database {
    std::string url;
    Secret password;
    std::uint64_t connections_max{};
  } database;
  struct Keys {
    Secret master_key;
  } keys;
  struct Spool {
    std::uint64_t body_bytes_max{};
    std::uint64_t bytes_max{};
    std::uint64_t bodies_max{};
  } spool;
  struct Metrics {
    std::vector<http::Endpoint> listen;
    std::filesystem::path token_file;
  } metrics;
  struct Log {
    obs::LogLevel level{};
    obs::LogFormat format{};
  } log;
};

/// The table of settings.
std::span<const config::Setting> settings_table();

/// The values of that table, none of which had a problem.
Settings to_settings(const config::Values& values);

}  // namespace sotto::app
