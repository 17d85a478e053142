#include "platform/config/loader.h"

#include <algorithm>
#include <map>
#include <sys/stat.h>

#include "base/text.h"
#include "platform/config/internal/parse_value.h"
#include "platform/config/internal/toml_file.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::config {
namespace {

constexpr std::string_view kPrefix = "SOTTO_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kProblemsMax = 100;  // Nobody reads more; a hostile file could make 100,000.
constexpr std::size_t kNameShownMax = 100;

/// The same error with the place in front.
Error at(const std::string& place, const Error& error) {
  return Error(error.code(), error.reason(), place + ": " + error.message(), error.location())
      .with_detail(error.detail());
}

std::string shown_name(std::string_view name) { return printable(name.substr(0, kNameShownMax)); }

/// A secret out of a file that nobody else can read.
Result<Secret> read_secret(const std::string& path) {
  SOTTO_ASSIGN(const runtime::UniqueFd fd, runtime::open_for_reading(path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return runtime::system_error(errno, "read " + printable(path));
  if (exposes_secret(status.st_mode))
    return Error(ErrorCode::kPermissionDenied, "config.secret_exposed",
                 printable(path) +
                     " can be read or changed by others. Take their rights away: chmod 600 " +
                     printable(path));
  SOTTO_ASSIGN(std::string text, runtime::read_file(path, kSecretBytesMax));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return Secret(std::move(text));
}

class Loader {
 public:
  Loader(std::span<const Setting> table, const Inputs& inputs)
      : table_(table), inputs_(inputs), loaded_{.values = Values(table), .problems = {}} {}

  Loaded load() {
    if (inputs_.file) take_file(*inputs_.file);
    take_environment();
    take_flags();
    return std::move(loaded_);
  }

 private:
  void problem(Error error) {
    if (loaded_.problems.size() < kProblemsMax) loaded_.problems.push_back(std::move(error));
  }

  void problem(const std::string& place, std::string_view reason, const std::string& message) {
    problem(Error(ErrorCode::kInvalidArgument, reason, place + ": " + message));
  }

  void take(const Setting& setting, Result<Value> value, Source source) {
    if (value) {
      loaded_.values.set(setting.name, std::move(*value), std::move(source));
    } else {
      problem(at(source.place, value.error()));
    }
  }

  void take_file(const SettingsFile& file) {
    auto parsed = internal::parse_toml(file.text);
    if (const auto* error = std::get_if<internal::TomlError>(&parsed)) {
      problem(file.name + ':' + std::to_string(error->line),
              error->is_duplicate ? "config.duplicate_setting" : "config.bad_syntax",
              error->message);
      return;
    }
    std::map<std::string, std::uint32_t, std::less<>> lines;
    for (const auto& entry : std::get<std::vector<internal::FileEntry>>(parsed)) {
      const std::string place = file.name + ':' + std::to_string(entry.line);
      const auto [first, is_new] = lines.emplace(entry.name, entry.line);
      if (!is_new) {
        problem(place, "config.duplicate_setting",
                shown_name(entry.name) + " stands in line " + std::to_string(first->second) +
                    " already.");
      } else if (const Setting* setting = find_setting(table_, entry.name)) {
        take_entry(file, *setting, entry, place);
      } else {
        refuse_entry(entry, place);
      }
    }
  }

  void take_entry(const SettingsFile& file, const Setting& setting,
                  const internal::FileEntry& entry, const std::string& place) {
    if (setting.secret && file.others_can_read) {
      problem(Error(ErrorCode::kPermissionDenied, "config.secret_exposed",
                    place + ": " + std::string(setting.name) +
                        " is a secret, and others can read this file or change it. Take their "
                        "rights away (chmod 600), or name a file of its own in " +
                        environment_name(setting) + std::string(kFileSuffix) + '.'));
      return;
    }
    take(setting, internal::parse_raw(setting, entry.value),
         {.origin = Source::Origin::kFile, .place = place});
  }

  void refuse_entry(const internal::FileEntry& entry, const std::string& place) {
    const std::string area = entry.name + '.';
    const bool is_area = std::any_of(table_.begin(), table_.end(), [&](const Setting& setting) {
      return setting.name.starts_with(area);
    });
    if (is_area && entry.is_empty_table) return;
    if (is_area) {
      problem(place, "config.wrong_type",
              shown_name(entry.name) + " must be a table: [" + shown_name(entry.name) + "].");
      return;
    }
    refuse_name(place, entry.name, names(entry.is_empty_table));
  }

  void refuse_name(const std::string& place, std::string_view name,
                   const std::vector<std::string>& known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    const auto near = closest_match(name, views);
    problem(place, "config.unknown_setting",
            "Unknown setting \"" + shown_name(name) + '"' +
                (near ? "; did you mean \"" + std::string(*near) + "\"?" : "."));
  }

  /// The names of all settings; of their areas where `areas`.
  std::vector<std::string> names(bool areas) const {
    std::vector<std::string> result;
    for (const Setting& setting : table_)
      result.emplace_back(areas ? setting.name.substr(0, setting.name.find('.')) : setting.name);
    return result;
  }

  void take_environment() {
    std::map<std::string, const Setting*, std::less<>> plain;
    std::map<std::string, const Setting*, std::less<>> files;
    std::vector<std::string> known;
    for (const Setting& setting : table_) {
      known.push_back(environment_name(setting));
      plain.emplace(known.back(), &setting);
      if (!setting.secret) continue;
      known.push_back(known.back() + std::string(kFileSuffix));
      files.emplace(known.back(), &setting);
    }
    std::map<const Setting*, std::string> seen;
    for (const std::string& variable : inputs_.environment) {
      const auto equals = variable.find('=');
      if (!variable.starts_with(kPrefix) || equals == std::string::npos) continue;
      const std::string name = variable.substr(0, equals);
      const auto& foreign = inputs_.foreign_variables;
      if (std::find(foreign.begin(), foreign.end(), name) != foreign.end()) continue;
      const auto as_plain = plain.find(name);
      const auto as_file = files.find(name);
      if (as_plain == plain.end() && as_file == files.end()) {
        refuse_name("Environment", name, known);
        continue;
      }
      const Setting& setting = as_plain != plain.end() ? *as_plain->second : *as_file->second;
      const auto [first, is_new] = seen.emplace(&setting, name);
      if (!is_new) {
        problem(name, "config.duplicate_setting",
                std::string(setting.name) + " is set by " + first->second + " already.");
        continue;
      }
      const std::string text = variable.substr(equals + 1);
      const Source source{.origin = Source::Origin::kEnvironment, .place = name};
      if (as_plain != plain.end()) {
        take(setting, internal::parse_text(setting, text), source);
      } else {
        take_secret_file(setting, text, source);
      }
    }
  }

  void take_secret_file(const Setting& setting, const std::string& path, const Source& source) {
    const auto secret = read_secret(path);
    if (!secret) {
      problem(at(source.place, secret.error()));
      return;
    }
    take(setting, internal::parse_text(setting, secret->reveal()), source);
  }

  void take_flags() {
    std::map<const Setting*, Inputs::Flag> merged;
    for (const Inputs::Flag& flag : inputs_.flags) {
      const Setting* setting = find_setting(table_, flag.name);
      if (setting == nullptr) {
        refuse_name(flag.spelling, flag.name, names(false));
        continue;
      }
      if (setting->secret) {
        problem(
            flag.spelling, "config.secret_on_command_line",
            std::string(setting->name) +
                " is a secret, and everybody on the machine sees command lines. Name a file in " +
                environment_name(*setting) + std::string(kFileSuffix) + '.');
        continue;
      }
      const auto [first, is_new] = merged.emplace(setting, flag);
      if (is_new) continue;
      if (setting->kind == Kind::kTextList) {
        first->second.text += ',' + flag.text;
      } else {
        problem(flag.spelling, "config.duplicate_setting",
                std::string(setting->name) + " is set by " + first->second.spelling + " already.");
      }
    }
    for (const auto& [setting, flag] : merged)
      take(*setting, internal::parse_text(*setting, flag.text),
           {.origin = Source::Origin::kFlag, .place = flag.spelling});
  }

  const std::span<const Setting> table_;
  const Inputs& inputs_;
  Loaded loaded_;
};

}  // namespace

Loaded load(std::span<const Setting> table, const Inputs& inputs) {
  return Loader(table, inputs).load();
}

bool exposes_secret(unsigned mode) { return (mode & (S_IRWXO | S_IWGRP)) != 0; }

}  // namespace sotto::config
