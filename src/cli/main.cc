#include <string>
#include <type_traits>
#include <unistd.h>
#include <variant>
#include <vector>

#include "cli/command_line.h"
#include "cli/config_command.h"
#include "cli/doctor_command.h"
#include "cli/models_command.h"
#include "cli/report.h"
#include "cli/serve_command.h"
#include "cli/transcribe_command.h"
#include "cli/vad_command.h"
#include "platform/runtime/file.h"
#include "platform/runtime/interrupt.h"

namespace sotto::cli {
namespace {

int run(const CallContext& context, const Command& command, runtime::Interrupt& interrupt) {
  if (const auto* transcribe = std::get_if<TranscribeCommand>(&command))
    return run_transcribe(context, *transcribe);
  if (const auto* vad = std::get_if<VadCommand>(&command)) return run_vad(context, *vad);
  if (const auto* models = std::get_if<ModelsCommand>(&command))
    return run_models(context, *models);
  if (const auto* serve = std::get_if<ServeCommand>(&command))
    return run_serve(context, *serve, interrupt);
  if (const auto* config = std::get_if<ConfigCommand>(&command)) return run_config(*config);
  if (const auto* doctor = std::get_if<DoctorCommand>(&command))
    return run_doctor(context, *doctor);
  const auto written = runtime::write_all(STDOUT_FILENO, std::get<InfoCommand>(command).text,
                                          "write to standard output");
  return written ? kExitGood : kExitFailed;
}

int main_with(const std::vector<std::string>& arguments) {
  const auto command = parse_command_line(arguments);
  if (!command) {
    report("", command.error());
    return exit_status(command.error());
  }
  // Before any thread: they inherit which signals are blocked.
  using Hangups = runtime::Interrupt::Hangups;
  const bool serves = std::holds_alternative<ServeCommand>(*command);
  const auto interrupt = runtime::Interrupt::install(serves ? Hangups::kTake : Hangups::kLeave);
  if (!interrupt) {
    report("", interrupt.error());
    return kExitFailed;
  }
  return run(CallContext(CallContext::kNoDeadline, (*interrupt)->token()), *command, **interrupt);
}

}  // namespace
}  // namespace sotto::cli

int main(int argc, char** argv) {
  return sotto::cli::main_with(std::vector<std::string>(argv + 1, argv + argc));
}
