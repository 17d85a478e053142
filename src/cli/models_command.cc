#include "cli/models_command.h"

#include <fmt/format.h>
#include <unistd.h>
#include <vector>

#include "app/engine.h"
#include "base/text.h"
#include "cli/report.h"
#include "platform/runtime/file.h"
#include "speech/models/fetcher.h"
#include "speech/models/system_package_client.h"

namespace sotto::cli {
namespace {

Result<> print(const std::string& text) {
  return runtime::write_all(STDOUT_FILENO, text, "write to standard output");
}

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// The models named on the command line; an unknown name ends everything before anything is done.
Result<std::vector<const models::Model*>> find_all(const models::Catalogue& catalogue,
                                                   const std::vector<std::string>& names) {
  std::vector<const models::Model*> found;
  for (const std::string& name : names) {
    SOTTO_ASSIGN(const models::Model* model, catalogue.find(name));
    found.push_back(model);
  }
  return found;
}

Result<> list(const app::Models& models) {
  std::string text = fmt::format("{:16} {:10} {:10} {:8} {:10} {}\n", "NAME", "KIND", "LANGUAGES",
                                 "SIZE", "STATE", "LICENCE");
  for (const models::Model& model : models.catalogue.models()) {
    const bool any = model.languages.size() == 1 && model.languages.front() == "*";
    text +=
        fmt::format("{:16} {:10} {:10} {:8} {:10} {}\n", model.name, to_string(model.kind),
                    any ? "any" : fmt::format("{}", fmt::join(model.languages, ",")),
                    size_text(model.size()), to_string(models.store.state(model)), model.licence);
  }
  return print(text);
}

/// A line on a terminal's standard error that is redrawn; elsewhere a line a phase.
class PullReport {
 public:
  PullReport() : redraws_(::isatty(STDERR_FILENO) == 1) {}
  ~PullReport() {
    if (redraws_ && !last_.empty()) write("\r\x1b[K");
  }
  PullReport(const PullReport&) = delete;
  PullReport& operator=(const PullReport&) = delete;

  void show(const models::PullProgress& progress) {
    std::string line = std::string(name_of(progress.phase)) + ' ' + printable(progress.subject);
    if (!redraws_) {
      const bool is_news = progress.phase == models::PullProgress::Phase::kDownloading ||
                           progress.phase == models::PullProgress::Phase::kWaiting;
      if (is_news && line != last_) write(line + '\n');
    } else {
      std::string figures;
      if (progress.bytes_total > 0)
        figures = fmt::format("  {}%  {} of {}", 100 * progress.bytes_done / progress.bytes_total,
                              size_text(progress.bytes_done), size_text(progress.bytes_total));
      if (line + figures != last_) write('\r' + line + figures + "\x1b[K");
      line += figures;
    }
    last_ = std::move(line);
  }

 private:
  static std::string_view name_of(models::PullProgress::Phase phase) {
    switch (phase) {
      case models::PullProgress::Phase::kWaiting:
        return "waiting for another pull of";
      case models::PullProgress::Phase::kChecking:
        return "checking";
      case models::PullProgress::Phase::kDownloading:
        return "fetching";
      case models::PullProgress::Phase::kUnpacking:
        return "unpacking";
    }
    SOTTO_CHECK(false);
  }

  static void write(const std::string& text) {
    // Progress that cannot be shown is no reason to stop.
    static_cast<void>(runtime::write_all(STDERR_FILENO, text, "show progress"));
  }

  const bool redraws_;
  std::string last_;
};

Result<> pull(const CallContext& context, const app::Models& models, const ModelsCommand& command) {
  std::vector<std::string> names = command.names;
  if (command.defaults) {
    for (const auto kind : {models::ModelKind::kAsr, models::ModelKind::kVad})
      names.push_back(models.catalogue.default_of(kind).name);
  }
  SOTTO_ASSIGN(const auto wanted, models.catalogue.with_requirements(names));
  models::SystemPackageClient client;
  const models::Fetcher fetcher(models.catalogue, models.store, client);
  models::PullSummary summary;
  {
    PullReport shown;
    SOTTO_ASSIGN(summary, fetcher.pull(context, wanted, [&](const models::PullProgress& progress) {
      shown.show(progress);
    }));
  }
  if (summary.files_installed == 0) return {};
  return print(fmt::format("{} installed in {}\n", size_text(summary.bytes_installed),
                           printable(models.store.folder().native())));
}

/// The models named, or all that have files here.
Result<std::vector<const models::Model*>> named_or_present(const app::Models& models,
                                                           const std::vector<std::string>& names) {
  if (!names.empty()) return find_all(models.catalogue, names);
  std::vector<const models::Model*> present;
  for (const models::Model& model : models.catalogue.models())
    if (models.store.state(model) != models::ModelState::kAbsent) present.push_back(&model);
  return present;
}

Result<> verify(const CallContext& context, const app::Models& models,
                const std::vector<std::string>& names) {
  SOTTO_ASSIGN(const auto wanted, named_or_present(models, names));
  std::size_t bad_count = 0;
  std::string text;
  for (const models::Model* model : wanted) {
    SOTTO_ASSIGN(const auto checks, models.store.verify(context, *model));
    for (const models::FileCheck& check : checks) {
      bad_count += check.state == models::FileState::kIntact ? 0 : 1;
      text += fmt::format("{:16} {:30} {}\n", model->name, check.name, to_string(check.state));
    }
  }
  SOTTO_TRY(print(text));
  if (bad_count == 0) return {};
  return Error(ErrorCode::kDataLoss, "models.file_damaged",
               fmt::format("{} of the files are missing or damaged; 'sotto models pull NAME' "
                           "brings them back.",
                           bad_count));
}

Result<> remove(const CallContext& context, const app::Models& models,
                const std::vector<std::string>& names) {
  SOTTO_ASSIGN(const auto wanted, find_all(models.catalogue, names));
  for (const models::Model* model : wanted) {
    SOTTO_ASSIGN(const bool was_there, models.store.remove(context, *model));
    SOTTO_TRY(print(model->name + (was_there ? " removed\n" : " was not installed\n")));
  }
  return {};
}

Result<> show_path(const app::Models& models, const std::string& name) {
  SOTTO_ASSIGN(const models::Model* model, models.catalogue.find(name));
  return print(models.store.path(*model).native() + '\n');
}

Result<> run(const CallContext& context, const ModelsCommand& command) {
  SOTTO_ASSIGN(const app::Models models, app::Models::open(command.folder));
  switch (command.verb) {
    case ModelsCommand::Verb::kList:
      return list(models);
    case ModelsCommand::Verb::kPull:
      return pull(context, models, command);
    case ModelsCommand::Verb::kVerify:
      return verify(context, models, command.names);
    case ModelsCommand::Verb::kRemove:
      return remove(context, models, command.names);
    case ModelsCommand::Verb::kPath:
      return show_path(models, command.names.front());
  }
  SOTTO_CHECK(false);
}

}  // namespace

int run_models(const CallContext& context, const ModelsCommand& command) {
  const Result<> done = run(context, command);
  if (done) return kExitGood;
  if (!context.stop().stop_requested()) report("", done.error());
  return exit_status(done.error());
}

}  // namespace sotto::cli
