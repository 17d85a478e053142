#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

template <typename T>
T parsed(const std::vector<std::string>& arguments) {
  return std::get<T>(parse_command_line(arguments).value());
}

std::string usage_of(const std::vector<std::string>& arguments) {
  const auto command = parse_command_line(arguments);
  return command ? "no error" : command.error().message();
}

TEST(CommandLine, TranscribeHasDefaults) {
  const auto command = parsed<TranscribeCommand>({"transcribe", "a.wav"});
  EXPECT_EQ(command.inputs, std::vector<std::string>{"a.wav"});
  EXPECT_EQ(command.format, transcript::Format::kTxt);
  EXPECT_EQ(command.output, "-");
  EXPECT_EQ(command.threads, 0);
  EXPECT_EQ(command.channel.kind, ChannelChoice::Kind::kMix);
  EXPECT_EQ(command.subtitles, transcript::SubtitleOptions());
}

TEST(CommandLine, TranscribeTakesEveryOption) {
  const auto command =
      parsed<TranscribeCommand>({"transcribe", "--model", "moonshine-tiny", "--format=srt", "-o",
                                 "out", "--threads", "2", "--channel", "1", "--max-line-length",
                                 "30", "--max-lines", "1", "--models", "/m", "a", "-"});
  EXPECT_EQ(command.inputs, (std::vector<std::string>{"a", "-"}));
  EXPECT_EQ(command.model, "moonshine-tiny");
  EXPECT_EQ(command.format, transcript::Format::kSrt);
  EXPECT_EQ(command.output, "out");
  EXPECT_EQ(command.threads, 2);
  EXPECT_EQ(command.channel.kind, ChannelChoice::Kind::kPick);
  EXPECT_EQ(command.channel.index, 1);
  EXPECT_EQ(command.subtitles.max_line_length, 30);
  EXPECT_EQ(command.subtitles.max_lines, 1);
  EXPECT_EQ(command.models_folder, "/m");
}

TEST(CommandLine, FileNamesMayLookLikeOptions) {
  EXPECT_EQ(parsed<TranscribeCommand>({"transcribe", "--", "--format"}).inputs,
            std::vector<std::string>{"--format"});
}

TEST(CommandLine, SlipsGetASuggestion) {
  EXPECT_EQ(usage_of({"transcribe", "--formt", "srt", "a"}),
            "Unknown option --formt; did you mean --format?");
  EXPECT_EQ(usage_of({"transcribe", "--zzzzzz", "a"}), "Unknown option --zzzzzz.");
  EXPECT_EQ(usage_of({"transcibe", "a"}), "Unknown command transcibe; did you mean transcribe?");
  EXPECT_EQ(usage_of({"models", "pul", "a"}), "Unknown command pul; did you mean pull?");
}

TEST(CommandLine, LimitsHoldAtBothSides) {
  EXPECT_EQ(parsed<TranscribeCommand>({"transcribe", "a", "--threads", "256"}).threads, 256);
  EXPECT_EQ(parsed<TranscribeCommand>({"transcribe", "a", "--threads", "1"}).threads, 1);
  EXPECT_NE(usage_of({"transcribe", "a", "--threads", "257"}), "no error");
  EXPECT_NE(usage_of({"transcribe", "a", "--threads", "0"}), "no error");
  EXPECT_EQ(parsed<TranscribeCommand>({"transcribe", "a", "--channel", "7"}).channel.index, 7);
  EXPECT_NE(usage_of({"transcribe", "a", "--channel", "8"}), "no error");
  EXPECT_NE(usage_of({"transcribe", "a", "--channel", "-1"}), "no error");
}

TEST(CommandLine, WhatMakesNoSenseIsUsage) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"transcribe"},
                                             {"vad"},
                                             {"models"},
                                             {"config"},
                                             {"models", "pull"},
                                             {"models", "remove"},
                                             {"transcribe", "-", "-"},
                                             {"transcribe", "a", "-o", ""}}) {
    const auto command = parse_command_line(arguments);
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().reason(), "cli.usage");
  }
}

TEST(CommandLine, ModelsKnowsItsVerbs) {
  using Verb = ModelsCommand::Verb;
  EXPECT_EQ(parsed<ModelsCommand>({"models", "list"}).verb, Verb::kList);
  EXPECT_EQ(parsed<ModelsCommand>({"models", "verify"}).verb, Verb::kVerify);
  EXPECT_EQ(parsed<ModelsCommand>({"models", "path", "x"}).verb, Verb::kPath);
  EXPECT_EQ(parsed<ModelsCommand>({"models", "remove", "x"}).names, std::vector<std::string>{"x"});
  const auto pull = parsed<ModelsCommand>({"models", "pull", "--default", "--models", "/m"});
  EXPECT_TRUE(pull.defaults);
  EXPECT_EQ(pull.folder, "/m");
}

TEST(CommandLine, EverySettingIsAnOption) {
  const auto serve = parsed<ServeCommand>({"serve", "--data", "/d", "--listen", "127.0.0.1:1",
                                           "--listen=127.0.0.1:2", "--server.io_threads", "2",
                                           "--allow-plain-http", "--config", "/c.toml"});
  EXPECT_EQ(serve.settings.file, "/c.toml");
  std::vector<std::string> flags;
  for (const auto& flag : serve.settings.flags)
    flags.push_back(flag.spelling + ' ' + flag.name + ' ' + flag.text);
  EXPECT_EQ(flags,
            (std::vector<std::string>{"--data data.folder /d", "--listen server.listen 127.0.0.1:1",
                                      "--listen server.listen 127.0.0.1:2",
                                      "--allow-plain-http server.allow_plain_http true",
                                      "--server.io_threads server.io_threads 2"}));
  const auto full = parsed<ServeCommand>({"serve", "--server.allow_plain_http=false"});
  ASSERT_EQ(full.settings.flags.size(), 1U);
  EXPECT_EQ(full.settings.flags.front().spelling, "--server.allow_plain_http");
  EXPECT_EQ(full.settings.flags.front().text, "false");
  EXPECT_EQ(usage_of({"serve", "--server.io_thread", "2"}),
            "Unknown option --server.io_thread; did you mean --server.io_threads?");
}

TEST(CommandLine, ConfigKnowsItsVerbs) {
  using Verb = ConfigCommand::Verb;
  EXPECT_EQ(parsed<ConfigCommand>({"config", "check", "a.toml"}).verb, Verb::kCheck);
  EXPECT_EQ(parsed<ConfigCommand>({"config", "check", "a.toml"}).settings.file, "a.toml");
  EXPECT_TRUE(parsed<ConfigCommand>({"config", "show", "--json"}).json);
  EXPECT_TRUE(parsed<ConfigCommand>({"config", "docs", "--sample"}).sample);
  EXPECT_TRUE(parsed<DoctorCommand>({"doctor", "--json", "--data", "/d"}).json);
}

TEST(CommandLine, HelpIsThatOfTheCommandAskedFor) {
  EXPECT_NE(parsed<InfoCommand>({"transcribe", "--help"}).text.find("--max-line-length"),
            std::string::npos);
  EXPECT_NE(parsed<InfoCommand>({"models", "list", "--help"}).text.find("sotto models list "),
            std::string::npos);
  EXPECT_EQ(usage_of({"transcribe"}), "FILE is required. See: sotto transcribe --help");
  EXPECT_EQ(parsed<InfoCommand>({"--version"}).text, "sotto 0.1.0\n");
}

}  // namespace
}  // namespace sotto::cli
