#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/wire_tls.h"
#include "base/result.h"
#include "platform/obs/log.h"
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

/// sotto serve
struct ServeCommand {
  std::filesystem::path data;  ///< Empty: where data lives by default.
  std::vector<std::string> listen{"127.0.0.1:8484"};
  std::vector<std::string> metrics_listen;
  std::filesystem::path metrics_token_file;
  std::vector<std::string> hosts;
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> cors_origins;
  double requests_per_minute = 1200;
  bool allow_plain_http = false;
  app::TlsOptions tls;  ///< Without its redirect_listen, which is read with the others.
  std::vector<std::string> redirect_listen;
  obs::LogLevel log_level = obs::LogLevel::kInfo;
  obs::LogFormat log_format = obs::LogFormat::kText;
};

/// --help and --version: a text for standard output.
struct InfoCommand {
  std::string text;
};

using Command =
    std::variant<TranscribeCommand, VadCommand, ModelsCommand, ServeCommand, InfoCommand>;

/// Reads the command line. Every error is a usage error ("cli.usage"), whose message says what
/// would be right. Touches nothing: no file, no environment.
Result<Command> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace sotto::cli
