#include "cli/doctor_command.h"

#include <algorithm>
#include <string>
#include <unistd.h>
#include <vector>

#include "app/doctor.h"
#include "cli/config_command.h"
#include "cli/report.h"
#include "platform/runtime/file.h"
#include "platform/wire/json.h"

namespace sotto::cli {
namespace {

using app::Finding;

std::string as_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    std::string state(to_string(finding.state));
    state.resize(6, ' ');
    text += state + finding.check + ": " + finding.message + '\n';
    if (!finding.advice.empty()) text += "      -> " + finding.advice + '\n';
  }
  return text;
}

std::string as_json(const std::vector<Finding>& findings) {
  wire::Json list = wire::Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"check", finding.check},
                    {"state", to_string(finding.state)},
                    {"message", finding.message},
                    {"advice", finding.advice}});
  return wire::to_text(list) + '\n';
}

}  // namespace

int run_doctor(const CallContext& context, const DoctorCommand& command) {
  const SystemClock clock;
  const app::Configuration configuration =
      app::load_configuration(settings_sources(command.settings));
  const std::vector<Finding> findings = app::examine(context, configuration, clock);
  const auto written =
      runtime::write_all(STDOUT_FILENO, command.json ? as_json(findings) : as_text(findings),
                         "write to standard output");
  const bool fails = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.state == Finding::State::kFail;
  });
  return written && !fails ? kExitGood : kExitFailed;
}

}  // namespace sotto::cli
