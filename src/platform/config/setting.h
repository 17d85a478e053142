#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace sotto::config {

enum class Kind : std::uint8_t { kFlag, kInteger, kNumber, kText, kTextList, kChoice };

/// Whether a running program takes a new value (SIGHUP), or only the next start does.
enum class Scope : std::uint8_t { kStatic, kLive };

/// Refuses a text that a setting cannot hold: the message of the Error goes behind the name of the
/// setting, "must be an address such as 127.0.0.1:8484".
using Check = Result<> (*)(std::string_view text);

/// A row of the table of settings. Tables are constant: everything points into the program.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which a row reads.
struct Setting {
  std::string_view name;  ///< "area.noun_unit".
  Kind kind = Kind::kText;
  std::string_view fallback;                  ///< The default, as on a command line.
  double least = 0;                           ///< Bounds of a number, both included.
  double most = 0;                            ///< (Integers stay below 2^53.)
  std::span<const std::string_view> choices;  ///< Of kChoice.
  Check check = nullptr;                      ///< Of a text or each text of a list.
  Scope scope = Scope::kStatic;
  bool secret = false;           ///< A kText that is never shown, nor taken from a command line.
  std::string_view short_flag;   ///< "listen" for --listen; empty for none.
  std::string_view description;  ///< One line.
};

/// kChoice and kText are texts; a secret text is a Secret.
using Value =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Secret>;

/// Where a value came from.
struct Source {
  enum class Origin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };
  Origin origin = Origin::kDefault;
  std::string place = "default";  ///< "default", "sotto.toml:3", "SOTTO_LOG_LEVEL", "--log-level".
};

/// "default", "file", "environment", "flag".
std::string_view to_string(Source::Origin origin);

/// "SOTTO_LOG_LEVEL" for "log.level".
std::string environment_name(const Setting& setting);

/// The row of that name; null where there is none.
const Setting* find_setting(std::span<const Setting> table, std::string_view name);

/// The value as one writes it in a file; "***" for a secret that is set.
std::string to_toml(const Value& value);

/// A Secret has no copy of its own accord.
Value copy_of(const Value& value);

bool same_value(const Value& left, const Value& right);

}  // namespace sotto::config
