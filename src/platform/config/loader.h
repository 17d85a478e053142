#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/config/setting.h"
#include "platform/config/values.h"

namespace sotto::config {

/// The text of a settings file. load() opens none but those of secrets.
struct SettingsFile {
  std::string name;  ///< For messages: "sotto.toml".
  std::string text;
  bool others_can_read = false;  ///< By its mode; such a file may hold no secret.
};

struct Inputs {
  std::optional<SettingsFile> file;
  /// "NAME=value" of the whole environment; what does not begin with SOTTO_ is not looked at.
  std::vector<std::string> environment;
  /// Variables that begin with SOTTO_ and are no settings.
  std::span<const std::string_view> foreign_variables;
  struct Flag {
    std::string spelling;  ///< As it was typed, for messages: "--listen".
    std::string name;      ///< Of the setting.
    std::string text;
  };
  std::vector<Flag> flags;  ///< Several of one name are one list.
};

struct Loaded {
  Values values;  ///< Of what could be read; only to be used where there is no problem.
  std::vector<Error> problems;

  bool good() const { return problems.empty(); }
};

constexpr std::size_t kFileBytesMax = std::size_t{256} << 10;   ///< Of a settings file.
constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10;  ///< Of a secret's file.

/// Defaults, then the file, then the environment, then the flags; the later wins. Reads on after a
/// problem, so that all are told at once.
///
/// A secret may stand in the environment, or in a file that SOTTO_..._FILE names (whose trailing
/// line feed is not part of it), or in the settings file where nobody else can read it.
///
/// Reasons, each message with the place in front: "config.bad_syntax", "config.unknown_setting",
/// "config.duplicate_setting", "config.wrong_type", "config.out_of_bounds", "config.bad_value",
/// "config.secret_exposed", "config.secret_on_command_line", and those of reading a secret's file.
Loaded load(std::span<const Setting> table, const Inputs& inputs);

/// Whether somebody but the owner and the group can read what has these mode bits, or somebody but
/// the owner can change it.
bool exposes_secret(unsigned mode);

}  // namespace sotto::config
