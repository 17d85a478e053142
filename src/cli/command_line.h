#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "platform/config/loader.h"
#include "transcript/codec.h"

namespace sotto::cli {

/// Which channels of a recording are transcribed.
struct ChannelChoice {
  enum class Kind { kMix, kPick, kEach };
  Kind kind = Kind::kMix;
  int index = 0;  ///< For kPick, from 0.
};

/// sotto transcribe FILE...
struct TranscribeCommand {
  std::vector<std::string> inputs;      ///< "-" is standard input.
  std::string model;                    ///< Empty: the default.
  std::filesystem::path models_folder;  ///< Empty: where models live by default.
  transcript::Format format = transcript::Format::kTxt;
  std::string output = "-";  ///< A file, a folder, or "-".
  int threads = 0;           ///< 0: one a core.
  ChannelChoice channel;
  transcript::SubtitleOptions subtitles;
};

/// sotto vad FILE
struct VadCommand {
  std::string input;
  std::filesystem::path models_folder;
};

/// sotto models list|pull|verify|remove|path
struct ModelsCommand {
  enum class Verb { kList, kPull, kVerify, kRemove, kPath };
  Verb verb = Verb::kList;
  std::vector<std::string> names;
  bool defaults = false;  ///< pull --default.
  std::filesystem::path folder;
};

/// What a command line says about settings: --config FILE and an option for every setting.
struct SettingsArguments {
  std::filesystem::path file;  ///< Empty: sotto.toml in the data folder.
  std::vector<config::Inputs::Flag> flags;
};

/// sotto serve
struct ServeCommand {
  SettingsArguments settings;
};

/// sotto config show|check|docs
struct ConfigCommand {
  enum class Verb { kShow, kCheck, kDocs };
  Verb verb = Verb::kShow;
  SettingsArguments settings;
  bool json = false;    ///< show --json.
  bool sample = false;  ///< docs --sample.
};

/// sotto doctor
struct DoctorCommand {
  SettingsArguments settings;
  bool json = false;
};

/// --help and --version: a text for standard output.
struct InfoCommand {
  std::string text;
};

using Command = std::variant<TranscribeCommand, VadCommand, ModelsCommand, ServeCommand,
                             ConfigCommand, DoctorCommand, InfoCommand>;

/// Reads the command line. Every error is a usage error ("cli.usage"), whose message says what
/// would be right. Touches nothing: no file, no environment.
Result<Command> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace sotto::cli
