#include "app/configuration.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <sstream>
#include <sys/stat.h>
#include <utility>

#include "app/internal/setting_checks.h"
#include "app/internal/setting_rules.h"
#include "app/service_options.h"
#include "base/text.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string source_file(const std::string& name) {
  const char* root = std::getenv("SOTTO_SOURCE_DIR");
  std::ifstream file((root == nullptr ? "." : std::string(root)) + '/' + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The sample file with every setting in use: "#name = default" is "name = default"; no comments.
std::string sample_in_use() {
  std::istringstream sample(source_file("deploy/config.example.toml"));
  std::string text;
  for (std::string line; std::getline(sample, line);) {
    if (line.empty() || line == "#" || line.starts_with("# ")) continue;
    text += line.substr(line.front() == '#' ? 1 : 0) + '\n';
  }
  return text;
}

config::Loaded load_text(const std::string& text) {
  return config::load(settings_table(),
                      {.file = config::SettingsFile{.name = "s.toml", .text = text}});
}

TEST(SettingsTable, HasNamesThatASlipDoesNotConfuse) {
  const auto table = settings_table();
  for (std::size_t i = 0; i < table.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(config::environment_name(table[i]), config::environment_name(table[j]));
      // No name is the nearest to one with a letter more than the other.
      const std::string_view other[] = {table[j].name, table[i].name};
      EXPECT_EQ(closest_match(std::string(table[i].name) + 'x', other), table[i].name);
    }
}

TEST(SettingsTable, HasTheSameDefaultsAsTheSampleFile) {
  const config::Loaded loaded = load_text(sample_in_use());
  for (const Error& problem : loaded.problems) ADD_FAILURE() << problem.message();
  const config::Values defaults(settings_table());
  for (const auto& entry : loaded.values.entries()) {
    EXPECT_EQ(entry.source.origin, config::Source::Origin::kFile) << entry.setting->name;
    EXPECT_TRUE(config::same_value(entry.value, defaults.entry(entry.setting->name).value))
        << entry.setting->name;
  }
}

TEST(SettingsTable, HasTheServersOwnDefaults) {
  const ServiceOptions told = service_options(to_settings(config::Values(settings_table())));
  const http::ServerOptions own;
  EXPECT_EQ(told.bounds.io_threads, own.io_threads);
  EXPECT_EQ(told.bounds.handler_threads, own.handler_threads);
  EXPECT_EQ(told.bounds.handler_queue_max, own.handler_queue_max);
  EXPECT_EQ(told.bounds.connections_max, own.connections_max);
  EXPECT_EQ(told.bounds.connections_per_address_max, own.connections_per_address_max);
  EXPECT_EQ(told.bounds.requests_per_connection_max, own.requests_per_connection_max);
  EXPECT_EQ(told.bounds.head.request_line_max, own.head.request_line_max);
  EXPECT_EQ(told.bounds.head.head_max, own.head.head_max);
  EXPECT_EQ(told.bounds.head.field_count_max, own.head.field_count_max);
  EXPECT_EQ(told.bounds.header_timeout, own.header_timeout);
  EXPECT_EQ(told.bounds.idle_timeout, own.idle_timeout);
  EXPECT_EQ(told.bounds.body_timeout, own.body_timeout);
  EXPECT_EQ(told.bounds.write_timeout, own.write_timeout);
  EXPECT_EQ(told.bounds.rate_min, own.rate_min);
  EXPECT_EQ(told.bounds.rate_grace, own.rate_grace);
  EXPECT_EQ(told.bounds.grace, own.grace);
  const auto rates = http::StandardMiddlewareOptions().rates;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    EXPECT_EQ(told.rates[i].per_minute, rates[i].per_minute);
    EXPECT_EQ(told.rates[i].burst, rates[i].burst);
  }
}

// Every key with one wrong character: the right one is suggested.
TEST(SettingsTable, SuggestsTheNameThatWasMeant) {
  for (const config::Setting& setting : settings_table()) {
    const std::string name(setting.name);
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == '.') continue;
      std::string wrong = name;
      wrong[i] = wrong[i] == 'q' ? 'w' : 'q';
      const auto problems = load_text(wrong + " = 1\n").problems;
      ASSERT_EQ(problems.size(), 1U) << wrong;
      EXPECT_THAT(problems.front().message(), HasSubstr("did you mean \"" + name + "\"?")) << wrong;
      EXPECT_EQ(problems.front().reason(), "config.unknown_setting");
    }
  }
}

// Every byte of the sample once wrong: a problem with a place, or values within their bounds.
TEST(SettingsTable, SurvivesAWrongCharacterAnywhere) {
  const std::string sample = sample_in_use();
  int refused = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    std::string wrong = sample;
    wrong[i] = "~\"=[x9\n"[i % 7];
    const config::Loaded loaded = load_text(wrong);
    refused += loaded.good() ? 0 : 1;
    for (const Error& problem : loaded.problems)
      EXPECT_THAT(problem.message(), testing::StartsWith("s.toml:")) << i;
    static_cast<void>(internal::conflicts(to_settings(loaded.values)));
  }
  EXPECT_GT(refused, 500);
}

TEST(SettingChecks, TakeWhatIsRightAndNothingElse) {
  using internal::check_host;
  using internal::check_origin;
  using internal::check_url;
  for (const char* good : {"", "https://a.example.org", "http://[::1]:8484", "https://a/b/c"})
    EXPECT_TRUE(check_url(good)) << good;
  for (const char* bad : {"a.example.org", "ftp://a", "https://", "https://a/", "https://u@a",
                          "https://a?x", "https://a#x", "https://a:0", "https://a:65536",
                          "https://a:", "https://a//b", "https://a/../b", "https://*.a"})
    EXPECT_FALSE(check_url(bad)) << bad;
  for (const char* good : {"a", "a.example.org", "192.0.2.1", "[2001:db8::1]", "my_host"})
    EXPECT_TRUE(check_host(good)) << good;
  for (const char* bad : {"", "a:1", "*", "*.a", "a..b", ".a", "-a", "a-", "::1", "[1.2.3.4]",
                          "1.2.3", "a b", "ä", "[::1"})
    EXPECT_FALSE(check_host(bad)) << bad;
  EXPECT_FALSE(check_host(std::string(64, 'a')));
  for (const char* good : {"https://a.example.org", "http://localhost:3000"})
    EXPECT_TRUE(check_origin(good)) << good;
  for (const char* bad : {"*", "null", "https://*.a", "https://a/", "https://a/b", "a", ""})
    EXPECT_FALSE(check_origin(bad)) << bad;
  EXPECT_FALSE(internal::check_endpoint("localhost:1"));
  EXPECT_FALSE(internal::check_address_block("10.0.0.1/8"));
  EXPECT_EQ(internal::parse_url("https://Speech.Example.org:8443/x")->host, "speech.example.org");
}

class Configurations : public testing::Test {
 protected:
  /// Writes sotto.toml into the data folder.
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(folder_ / "sotto.toml", std::ios::binary) << text;
    SOTTO_CHECK(::chmod((folder_ / "sotto.toml").c_str(), mode) == 0);
  }
  SettingsSources sources() const {
    return {.flags = {{"--data", "data.folder", folder_.path().string()}}};
  }
  static std::vector<std::string> reasons(const std::vector<Error>& errors) {
    std::vector<std::string> result;
    for (const Error& error : errors) result.push_back(error.reason());
    return result;
  }

  runtime::TempDir folder_;
};

TEST_F(Configurations, ReadTheFileInTheDataFolder) {
  EXPECT_TRUE(load_configuration(sources()).file.empty());
  write("[server]\npublic_url = \"https://Speech.example.org:8443/base\"\n");
  const Configuration configuration = load_configuration(sources());
  EXPECT_THAT(reasons(configuration.problems), IsEmpty());
  EXPECT_EQ(configuration.file, folder_ / "sotto.toml");
  EXPECT_EQ(configuration.settings.data.folder, folder_.path());
  EXPECT_THAT(service_options(configuration.settings).hosts, ElementsAre("speech.example.org"));
}

TEST_F(Configurations, ReadTheFileThatIsNamed) {
  SettingsSources named = sources();
  named.file = folder_ / "other.toml";
  EXPECT_THAT(reasons(load_configuration(named).problems), ElementsAre("runtime.not_found"));
  std::ofstream(named.file) << "[data]\nfolder = \"/var/lib/x\"\n";
  const auto flags = std::exchange(named.flags, {});
  EXPECT_EQ(load_configuration(named).settings.data.folder, "/var/lib/x");
  named.flags = flags;
  std::ofstream(named.file) << std::string(config::kFileBytesMax + 1, '#');
  EXPECT_THAT(reasons(load_configuration(named).problems), ElementsAre("runtime.file_too_large"));
}

TEST_F(Configurations, FindNoDataFolderInItsOwnFile) {
  write("data.folder = \"/var/lib/x\"\n");
  SettingsSources by_environment;
  by_environment.environment = {"SOTTO_DATA_FOLDER=" + folder_.path().string()};
  EXPECT_TRUE(load_configuration(by_environment).good());  // The environment wins, and says so.
  by_environment.environment.clear();
  by_environment.file = folder_ / "sotto.toml";
  EXPECT_TRUE(load_configuration(by_environment).good());
}

TEST_F(Configurations, TellConflicts) {
  write(R"([server]
listen = ["0.0.0.0:1", "127.0.0.1:2"]
request_line_bytes_max = 8192
head_bytes_max = 8195
connections_max = 10
connections_per_address_max = 11
[metrics]
listen = ["127.0.0.1:2"]
)");
  const Configuration configuration = load_configuration(sources());
  EXPECT_THAT(reasons(configuration.problems), ElementsAre("config.conflict", "config.conflict",
                                                           "config.conflict", "app.plain_http"));
  write("[server]\nlisten = []\n");
  EXPECT_THAT(reasons(load_configuration(sources()).problems), ElementsAre("config.conflict"));
  write("[server]\nhead_bytes_max = 8196\nconnections_max = 256\n");
  EXPECT_TRUE(load_configuration(sources()).good());
}

TEST_F(Configurations, RefuseWeakSettingsInProduction) {
  write(R"(profile = "production"
[server]
listen = ["0.0.0.0:8484", "127.0.0.1:8485"]
allow_plain_http = true
cors_origins = ["http://a.example.org", "https://b.example.org"]
public_url = "http://a.example.org"
[metrics]
listen = ["[::]:9484"]
[log]
level = "debug"
)",
        0666);
  const Configuration configuration = load_configuration(sources());
  std::string all;
  for (const Error& problem : configuration.problems) {
    EXPECT_EQ(problem.reason(), "config.weak_setting");
    all += problem.message() + '\n';
  }
  for (const char* part : {"0.0.0.0:8484", "[::]:9484", "cors_origins has http://a", "public_url",
                           "log.level", "data.folder", "sotto.toml can be changed"})
    EXPECT_THAT(all, HasSubstr(part));
  EXPECT_EQ(configuration.problems.size(), 7U) << all;
}

TEST(Weaknesses, AreFoundInWhatOthersCouldUse) {
  config::Values values(settings_table());
  Settings settings = to_settings(values);
  const auto found = [&settings](bool is_open = false) {
    return internal::weaknesses(settings, {.data_others_can_enter = is_open, .has_seccomp = true})
        .size();
  };
  EXPECT_EQ(found(true), 1U);
  for (const char* everybody : {"0.0.0.0/0", "::/0"}) {
    settings.server.trusted_proxies = {*http::AddressBlock::parse(everybody)};
    EXPECT_EQ(found(), 1U) << everybody;
  }
  settings.server.trusted_proxies = {*http::AddressBlock::parse("10.0.0.0/8")};
  EXPECT_EQ(found(), 0U);
  settings.database.url = "postgresql://sotto@db.example.org/sotto";
  EXPECT_EQ(found(), 1U);
  for (const char* proven :
       {"postgresql://sotto@db.example.org/sotto?sslmode=verify-full",
        "postgresql://sotto@/sotto?host=/run/postgresql", "postgresql://sotto@127.0.0.1/sotto"}) {
    settings.database.url = proven;
    EXPECT_EQ(found(), 0U) << proven;
  }
}

TEST_F(Configurations, RefuseADatabaseUrlThatIsNoneOrHoldsAPassword) {
  write("[database]\nurl = \"mysql://db\"\n");
  EXPECT_THAT(reasons(load_configuration(sources()).problems), ElementsAre("config.bad_value"));
  for (const char* url : {"postgresql://a:secret@db/x", "postgresql://a@db/x?password=secret"}) {
    write("[database]\nurl = \"" + std::string(url) + "\"\n");
    const Configuration configuration = load_configuration(sources());
    ASSERT_THAT(reasons(configuration.problems), ElementsAre("config.conflict"));
    EXPECT_THAT(configuration.problems[0].message(), testing::Not(HasSubstr("secret@")));
  }
}

TEST(Weaknesses, AreNoneInAGoodSetUp) {
  config::Values values(settings_table());
  EXPECT_THAT(internal::weaknesses(to_settings(values), {.has_seccomp = true}), IsEmpty());
  EXPECT_EQ(internal::weaknesses(to_settings(values), {}).size(), 1U);  // No seccomp.
}

TEST_F(Configurations, AreStandardUnlessTold) {
  write("[log]\nlevel = \"debug\"\n");
  const Configuration configuration = load_configuration(sources());
  EXPECT_TRUE(configuration.good());
  EXPECT_THAT(reasons(configuration.weaknesses), Contains("config.weak_setting"));
}

TEST_F(Configurations, ReloadLiveSettingsAlone) {
  write("[log]\nlevel = \"info\"\n");
  const Configuration first = load_configuration(sources());
  ASSERT_TRUE(first.good());
  write("[log]\nlevel = \"error\"\nformat = \"json\"\n[server]\nhosts = [\"a\"]\n");
  const Reload reload = reload_configuration(first, sources());
  ASSERT_TRUE(reload.next.good());
  EXPECT_THAT(reload.changed, testing::UnorderedElementsAre("log.level", "server.hosts"));
  EXPECT_THAT(reload.waiting, ElementsAre("log.format"));
  EXPECT_EQ(reload.next.settings.log.level, obs::LogLevel::kError);
  EXPECT_EQ(reload.next.settings.log.format, obs::LogFormat::kText);
  // What waits is told again, as long as it waits.
  EXPECT_THAT(reload_configuration(reload.next, sources()).waiting, ElementsAre("log.format"));
}

TEST_F(Configurations, ReloadNothingOfABrokenFile) {
  write("[log]\nlevel = \"info\"\n");
  const Configuration first = load_configuration(sources());
  write("[log]\nlevel = \"error\"\nformt = \"json\"\n");
  const Reload reload = reload_configuration(first, sources());
  EXPECT_THAT(reasons(reload.next.problems), ElementsAre("config.unknown_setting"));
  EXPECT_THAT(reload.changed, IsEmpty());
}

}  // namespace
}  // namespace sotto::app
