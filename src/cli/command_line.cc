#include "cli/command_line.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/settings.h"
#include "app/version.h"
#include "base/text.h"

namespace sotto::cli {
namespace {

constexpr int kThreadsMax = 256;
constexpr int kChannelMax = 7;  // The media helper takes eight channels at most.

Error usage(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "cli.usage", std::move(message));
}

Result<ChannelChoice> parse_channel(std::string_view text) {
  if (text == "mix") return ChannelChoice{};
  if (text == "each") return ChannelChoice{.kind = ChannelChoice::Kind::kEach};
  ChannelChoice choice{.kind = ChannelChoice::Kind::kPick};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), choice.index);
  if (failure != std::errc() || end != text.data() + text.size() || choice.index < 0 ||
      choice.index > kChannelMax)
    return usage("--channel takes mix, each, or a channel's number from 0 to " +
                 std::to_string(kChannelMax) + ", not \"" + printable(text) + "\".");
  return choice;
}

/// Option names ("--format") and sub-commands that `app` knows.
std::vector<std::string> known_words(const CLI::App& app, bool options) {
  std::vector<std::string> words;
  if (options) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(command->get_name());
  }
  return words;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  const auto match = closest_match(word, views);
  return match ? "; did you mean " + std::string(*match) + '?' : ".";
}

/// The command line as CLI11 sees it. CLI11 is a header of ten thousand lines that throws: both
/// stay in this file.
class Parser {
 public:
  Parser() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "sotto " + std::string(app::version()));
    app_.fallthrough(false);
    add_transcribe();
    add_vad();
    add_models();
    add_serve();
    add_config();
    add_doctor();
  }

  Result<Command> parse(const std::vector<std::string>& arguments) {
    if (arguments.empty())
      return usage("Say what to do, for example: sotto transcribe notes.wav. See: sotto --help");
    try {
      std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
      app_.parse(reversed);  // CLI11 wants the last argument first.
    } catch (const CLI::CallForHelp&) {
      return Command(InfoCommand{help()});
    } catch (const CLI::CallForAllHelp&) {
      return Command(InfoCommand{help()});
    } catch (const CLI::CallForVersion&) {
      return Command(InfoCommand{"sotto " + std::string(app::version()) + '\n'});
    } catch (const CLI::ParseError& error) {
      return explain(error, arguments);
    }
    return result(arguments);
  }

 private:
  void add_transcribe() {
    CLI::App* command = app_.add_subcommand("transcribe", "Recordings to text");
    transcribe_app_ = command;
    command->add_option("FILE", transcribe_.inputs, "Recordings; - is standard input")->required();
    command->add_option("--model", transcribe_.model, "Model, as in 'sotto models list'");
    command->add_option("--format", format_, "txt, srt, vtt, ttml, tsv or json (txt)");
    command->add_option("-o,--output", transcribe_.output, "File, folder, or - (standard output)");
    command->add_option("--threads", transcribe_.threads, "Recognition threads (one a core)")
        ->check(CLI::Range(1, kThreadsMax));
    command->add_option("--channel", channel_, "mix, each, or a channel's number from 0 (mix)");
    command->add_option("--max-line-length", transcribe_.subtitles.max_line_length,
                        "Characters a subtitle line (42)");
    command->add_option("--max-lines", transcribe_.subtitles.max_lines, "Lines a subtitle (2)");
    command->add_option("--models", transcribe_.models_folder, "Folder of the models");
  }

  void add_vad() {
    CLI::App* command = app_.add_subcommand("vad", "When somebody speaks, as start and end in ms");
    vad_app_ = command;
    command->add_option("FILE", vad_.input, "Recording; - is standard input")->required();
    command->add_option("--models", vad_.models_folder, "Folder of the models");
  }

  void add_models() {
    CLI::App* group = app_.add_subcommand("models", "The models: list, fetch, check, remove");
    models_app_ = group;
    group->require_subcommand(1);
    using Verb = ModelsCommand::Verb;
    add_models_verb(*group, "list", "What there is, and what is installed", Verb::kList);
    CLI::App* pull =
        add_models_verb(*group, "pull", "Fetch a model and check its hash", Verb::kPull);
    pull->add_option("NAME", models_.names, "Models to fetch");
    pull->add_flag("--default", models_.defaults, "Fetch what 'sotto transcribe' needs");
    CLI::App* verify = add_models_verb(*group, "verify", "Hash every file again", Verb::kVerify);
    verify->add_option("NAME", models_.names, "Models (all that are installed)");
    add_models_verb(*group, "remove", "Delete a model's files", Verb::kRemove)
        ->add_option("NAME", models_.names, "Models to delete")
        ->required();
    add_models_verb(*group, "path", "Print the folder of a model", Verb::kPath)
        ->add_option("NAME", models_.names, "Model")
        ->required()
        ->expected(1);
  }

  void add_serve() {
    serve_app_ = app_.add_subcommand("serve", "The server");
    add_settings(*serve_app_, true);
  }

  void add_config() {
    config_app_ = app_.add_subcommand("config", "The server's settings: show, check, explain");
    config_app_->require_subcommand(1);
    using Verb = ConfigCommand::Verb;
    CLI::App* show = config_app_->add_subcommand("show", "Every value, and where it came from");
    show->add_flag("--json", config_.json, "As JSON");
    show->callback([this] { config_.verb = Verb::kShow; });
    add_settings(*show, true);
    CLI::App* check = config_app_->add_subcommand("check", "What is wrong with the settings");
    check->add_option("FILE", settings_.file, "File of settings (sotto.toml in the data folder)");
    check->callback([this] { config_.verb = Verb::kCheck; });
    add_settings(*check, false);
    CLI::App* docs = config_app_->add_subcommand("docs", "Print the reference of all settings");
    docs->add_flag("--sample", config_.sample, "Print a file with every setting instead");
    docs->callback([this] { config_.verb = Verb::kDocs; });
  }

  void add_doctor() {
    doctor_app_ = app_.add_subcommand("doctor", "Check the installation, and say what to do");
    doctor_app_->add_flag("--json", doctor_.json, "As JSON");
    add_settings(*doctor_app_, true);
  }

  /// An option for every setting but secrets, which never come from a command line. All commands
  /// share where the texts go: only one of them is parsed.
  void add_settings(CLI::App& command, bool with_file) {
    if (with_file)
      command.add_option("--config", settings_.file,
                         "File of settings (sotto.toml in the data folder)");
    const auto table = app::settings_table();
    setting_texts_.resize(table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const config::Setting& setting = table[i];
      if (setting.secret) continue;
      std::string names = "--" + std::string(setting.name);
      if (!setting.short_flag.empty())
        names.insert(0, "--" + std::string(setting.short_flag) + ',');
      const std::string about(setting.description);
      CLI::Option* option =
          setting.kind == config::Kind::kFlag
              ? command.add_flag(names, setting_texts_[i], about)
              : command.add_option(names, setting_texts_[i], about)->allow_extra_args(false);
      option->group("Settings");
    }
  }

  /// What the options of settings were given, spelled as they were typed.
  SettingsArguments take_settings(const std::vector<std::string>& arguments) {
    const auto table = app::settings_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
      const std::string full = "--" + std::string(table[i].name);
      const bool is_full =
          table[i].short_flag.empty() ||
          std::any_of(arguments.begin(), arguments.end(), [&full](const std::string& argument) {
            return argument.substr(0, argument.find('=')) == full;
          });
      for (const std::string& text : setting_texts_[i])
        settings_.flags.push_back(
            {.spelling = is_full ? full : "--" + std::string(table[i].short_flag),
             .name = std::string(table[i].name),
             .text = text});
    }
    return std::move(settings_);
  }

  CLI::App* add_models_verb(CLI::App& group, const char* name, const char* about,
                            ModelsCommand::Verb verb) {
    CLI::App* command = group.add_subcommand(name, about);
    command->add_option("--models", models_.folder, "Folder of the models");
    command->callback([this, verb] { models_.verb = verb; });
    return command;
  }

  /// The help of the innermost command that was named.
  std::string help() const {
    const CLI::App* parent = innermost().get_parent();
    return innermost().help(parent == nullptr ? "" : full_name(*parent));
  }

  /// As one types it: "sotto models list".
  static std::string full_name(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + ' ' + app.get_name();
  }

  const CLI::App& innermost() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
  }

  Error explain(const CLI::ParseError& error, const std::vector<std::string>& arguments) const {
    const CLI::App& app = innermost();
    const std::vector<std::string> commands = known_words(app, false);
    for (const std::string& word : app.remaining()) {
      if (!commands.empty() && !word.starts_with('-'))
        return usage("Unknown command " + printable(word) + did_you_mean(word, commands));
    }
    for (const std::string& argument : arguments) {
      if (argument.starts_with("--") && argument.size() > 2) {
        const std::string name = argument.substr(0, argument.find('='));
        const std::vector<std::string> words = known_words(app, true);
        if (std::find(words.begin(), words.end(), name) == words.end())
          return usage("Unknown option " + printable(name) + did_you_mean(name, words));
      }
    }
    return usage(printable(error.what()) + ". See: " + full_name(app) + " --help");
  }

  Result<Command> result(const std::vector<std::string>& arguments) {
    if (transcribe_app_->parsed()) return finish_transcribe();
    if (vad_app_->parsed()) return Command(std::move(vad_));
    if (serve_app_->parsed()) return Command(ServeCommand{take_settings(arguments)});
    if (config_app_->parsed()) {
      config_.settings = take_settings(arguments);
      return Command(std::move(config_));
    }
    if (doctor_app_->parsed()) {
      doctor_.settings = take_settings(arguments);
      return Command(std::move(doctor_));
    }
    if (models_.verb == ModelsCommand::Verb::kPull && models_.names.empty() && !models_.defaults)
      return usage("Say which model to fetch, or --default for what 'sotto transcribe' needs.");
    return Command(std::move(models_));
  }

  Result<Command> finish_transcribe() {
    SOTTO_ASSIGN(transcribe_.format, transcript::parse_format(format_));
    SOTTO_ASSIGN(transcribe_.channel, parse_channel(channel_));
    SOTTO_TRY(transcript::validate(transcribe_.subtitles));
    const auto& inputs = transcribe_.inputs;
    if (std::count(inputs.begin(), inputs.end(), "-") > 1)
      return usage("Standard input (-) can be read once only.");
    if (transcribe_.output.empty()) return usage("-o takes a file, a folder, or -.");
    return Command(std::move(transcribe_));
  }

  CLI::App app_{"Sotto: recordings to exact text, on your own machine.", "sotto"};
  CLI::App* transcribe_app_ = nullptr;
  CLI::App* vad_app_ = nullptr;
  CLI::App* models_app_ = nullptr;
  CLI::App* serve_app_ = nullptr;
  CLI::App* config_app_ = nullptr;
  CLI::App* doctor_app_ = nullptr;
  TranscribeCommand transcribe_;
  VadCommand vad_;
  ModelsCommand models_;
  ConfigCommand config_;
  DoctorCommand doctor_;
  SettingsArguments settings_;
  std::vector<std::vector<std::string>> setting_texts_;  // By the rows of the table.
  std::string format_ = "txt";
  std::string channel_ = "mix";
};

}  // namespace

Result<Command> parse_command_line(const std::vector<std::string>& arguments) {
  return Parser().parse(arguments);
}

}  // namespace sotto::cli
