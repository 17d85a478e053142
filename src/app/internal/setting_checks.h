#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/http/address.h"
#include "platform/http/server.h"

namespace sotto::app::internal {

/// What the table of settings checks texts with. The message of the Error goes behind the name of
/// the setting: "must be ...".
Result<> check_endpoint(std::string_view text);
Result<> check_url(std::string_view text);
Result<> check_database_url(std::string_view text);
/// Whether the URL holds a password, which would be shown wherever the URL is.
bool has_password(std::string_view database_url);
Result<> check_host(std::string_view text);
Result<> check_origin(std::string_view text);
Result<> check_address_block(std::string_view text);

/// Of texts that were checked.
std::vector<http::Endpoint> to_endpoints(const std::vector<std::string>& texts);
std::vector<http::AddressBlock> to_address_blocks(const std::vector<std::string>& texts);

/// The parts of an http(s) URL without user, query and fragment.
struct Url {
  bool is_secure = false;
  std::string host;  ///< Lower case; an IPv6 address in brackets.
  std::string path;  ///< Empty, or begins with a slash.
};
std::optional<Url> parse_url(std::string_view text);

}  // namespace sotto::app::internal
