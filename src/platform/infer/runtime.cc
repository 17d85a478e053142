#include "platform/infer/runtime.h"

#include <utility>

#include "platform/infer/internal/environment.h"
#include "platform/infer/internal/guard.h"

namespace sotto::infer {
namespace {

// Errors come back as Status; the log would say them a second time, on stderr.
void drop_log_line(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// One arena for all sessions, which grows by what is asked for. Moonshine base, two workers, 40
// segments of 10 to 29 s: 520 MB, where one a session that doubles took 537, and none 592 to 602.
void share_arena(const Ort::Env& env) {
  const Ort::ArenaCfg same_as_requested(0, 1, -1, -1);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  // Fails where another Runtime is alive: the library has one environment a process, and its arena
  // is there already.
  const Ort::Status registered(
      Ort::GetApi().CreateAndRegisterAllocator(env, memory, same_as_requested));
}

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
    share_arena(impl->env);
    return std::unique_ptr<Runtime>(new Runtime(std::move(impl), base->GetVersionString()));
  });
}

}  // namespace sotto::infer
