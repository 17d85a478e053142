#pragma once

#include <span>
#include <string_view>

#include "platform/config/setting.h"

namespace sotto::config {

inline Result<> check_starts_with_slash(std::string_view text) {
  if (text.starts_with('/')) return {};
  return Error(ErrorCode::kInvalidArgument, "config.bad_value", "must begin with a slash");
}

/// A table with every kind of setting.
inline std::span<const Setting> sample_table() {
  static constexpr std::string_view kChoices[] = {"debug", "info", "warning"};
  static constexpr Setting kTable[] = {
      {.name = "mode", .kind = Kind::kChoice, .fallback = "info", .choices = kChoices},
      {.name = "server.listen",
       .kind = Kind::kTextList,
       .fallback = "/one,/two",
       .check = check_starts_with_slash,
       .short_flag = "listen"},
      {.name = "server.plain_http", .kind = Kind::kFlag, .fallback = "false"},
      {.name = "server.threads_max",
       .kind = Kind::kInteger,
       .fallback = "8",
       .least = 1,
       .most = 64,
       .scope = Scope::kLive},
      {.name = "rates.login_per_minute",
       .kind = Kind::kNumber,
       .fallback = "1.5",
       .least = 0.5,
       .most = 1e12},
      {.name = "server.public_name", .kind = Kind::kText, .fallback = ""},
      {.name = "database.url", .kind = Kind::kText, .fallback = "", .secret = true},
  };
  return kTable;
}

}  // namespace sotto::config
