#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "platform/config/loader.h"
#include "platform/config/testing/sample_table.h"

// A settings file of any bytes: problems with a reason, or values that all hold their bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::config;  // NOLINT(google-build-using-namespace): one function.
  const std::string text(reinterpret_cast<const char*>(data), size);
  Inputs inputs{.file = SettingsFile{.name = "sotto.toml", .text = text}};
  inputs.environment = {"SOTTO_MODE=" + text, "SOTTO_SERVER_THREADS_MAX=" + text,
                        "SOTTO_RATES_LOGIN_PER_MINUTE=" + text, "SOTTO_SERVER_LISTEN=" + text};
  const Loaded loaded = load(sample_table(), inputs);
  for (const sotto::Error& problem : loaded.problems) SOTTO_CHECK(!problem.reason().empty());
  const auto threads = loaded.values.integer("server.threads_max");
  SOTTO_CHECK(threads >= 1 && threads <= 64);
  SOTTO_CHECK(loaded.values.number("rates.login_per_minute") >= 0.5);
  SOTTO_CHECK(loaded.values.choice_index("mode") < 3);
  for (const std::string& path : loaded.values.texts("server.listen"))
    SOTTO_CHECK(path.starts_with('/'));
  return 0;
}
