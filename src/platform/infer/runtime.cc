#include "platform/infer/runtime.h"

#include <utility>

#include "platform/infer/internal/environment.h"
#include "platform/infer/internal/guard.h"

namespace sotto::infer {
namespace {

// Errors come back as Status; the log would say them a second time, on stderr.
void drop_log_line(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

}  // namespace

Runtime::Runtime(std::unique_ptr<Impl> impl, std::string version)
    : impl_(std::move(impl)), version_(std::move(version)) {}
Runtime::~Runtime() = default;

Result<std::unique_ptr<Runtime>> Runtime::create() {
  // An older library answers null for our API version, and every later call would crash.
  const OrtApiBase* base = OrtGetApiBase();
  if (base == nullptr || base->GetApi(ORT_API_VERSION) == nullptr) {
    return Error(internal::kRuntimeUnavailable.code, internal::kRuntimeUnavailable.reason,
                 internal::kRuntimeUnavailable.message)
        .with_detail(base == nullptr ? "no API" : base->GetVersionString());
  }
  return internal::guard(internal::kRuntimeUnavailable, [&] {
    auto impl = std::make_unique<Impl>();
    impl->env = Ort::Env(ORT_LOGGING_LEVEL_FATAL, "sotto", drop_log_line, nullptr);
    impl->env.DisableTelemetryEvents();
    return std::unique_ptr<Runtime>(new Runtime(std::move(impl), base->GetVersionString()));
  });
}

}  // namespace sotto::infer
