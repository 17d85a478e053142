#include "platform/infer/session.h"

#include <algorithm>
#include <stop_token>
#include <system_error>
#include <utility>

#include "platform/infer/internal/environment.h"
#include "platform/infer/internal/guard.h"

namespace sotto::infer {
namespace {

// More ports than any model of ours has (Moonshine base: 36), and a bound on the stack arrays.
constexpr std::size_t kPortsMax = 1024;

Ort::SessionOptions to_ort(const SessionOptions& options) {
  Ort::SessionOptions ort;
  ort.SetIntraOpNumThreads(options.threads);
  ort.SetInterOpNumThreads(1);
  ort.SetExecutionMode(ORT_SEQUENTIAL);
  ort.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  // Patterns are remembered per input shape. Speech has a new length every time and decoding a new
  // one at every token: a cache that only grows.
  ort.DisableMemPattern();
  if (options.arena) {
    ort.AddConfigEntry("session.use_env_allocators", "1");
  } else {
    ort.DisableCpuMemArena();
  }
  ort.AddConfigEntry("session.intra_op.allow_spinning", "0");
  ort.AddConfigEntry("session.inter_op.allow_spinning", "0");
  // Weights never change: straight from the allocator, not from the arena that would round them up.
  ort.AddConfigEntry("session.use_device_allocator_for_initializers", "1");
  if (options.fold_dequantize) ort.AddConfigEntry("session.disable_quant_qdq", "1");
  return ort;
}

Result<Port> read_port(std::string name, const Ort::TypeInfo& info) {
  if (info.GetONNXType() != ONNX_TYPE_TENSOR) {
    return Error(ErrorCode::kUnsupported, "infer.model_unsupported",
                 "The model takes or gives something other than tensors.");
  }
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  SOTTO_ASSIGN(const ElementType type, internal::element_type(tensor.GetElementType()));
  return Port{std::move(name), type, tensor.GetShape()};
}

Result<std::vector<Port>> read_ports(const Ort::Session& session, bool inputs) {
  Ort::AllocatorWithDefaultOptions allocator;
  const std::size_t count = inputs ? session.GetInputCount() : session.GetOutputCount();
  if (count > kPortsMax) {
    return Error(ErrorCode::kUnsupported, "infer.model_unsupported",
                 "The model has more inputs or outputs than any model that Sotto knows.");
  }
  std::vector<Port> ports;
  ports.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = inputs ? session.GetInputNameAllocated(i, allocator)
                             : session.GetOutputNameAllocated(i, allocator);
    const auto info = inputs ? session.GetInputTypeInfo(i) : session.GetOutputTypeInfo(i);
    SOTTO_ASSIGN(Port port, read_port(name.get(), info));
    ports.push_back(std::move(port));
  }
  return ports;
}

const Port* find(const std::vector<Port>& ports, std::string_view name) {
  const auto found =
      std::find_if(ports.begin(), ports.end(), [&](const Port& port) { return port.name == name; });
  return found == ports.end() ? nullptr : &*found;
}

Result<> check_file(const std::filesystem::path& file, std::size_t bytes_max) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(file, error);
  const std::uintmax_t size = regular ? std::filesystem::file_size(file, error) : 0;
  if (error || !regular) {
    return Error(ErrorCode::kNotFound, "infer.model_missing",
                 "The model file '" + file.filename().string() + "' is missing or not a file.")
        .with_detail(file.string());
  }
  if (size > bytes_max) {
    return Error(ErrorCode::kTooLarge, "infer.model_too_large",
                 "The model file '" + file.filename().string() +
                     "' is larger than any model that Sotto knows; fetch it again.")
        .with_detail(file.string());
  }
  return {};
}

}  // namespace

struct Session::Impl {
  Ort::Session session{nullptr};
};

Session::Session(std::unique_ptr<Impl> impl, std::vector<Port> inputs, std::vector<Port> outputs)
    : impl_(std::move(impl)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(const Runtime& runtime,
                                                 const std::filesystem::path& file,
                                                 const SessionOptions& options) {
  SOTTO_TRY(check_file(file, options.file_bytes_max));
  auto load = [&]() -> Result<std::unique_ptr<Session>> {
    auto impl = std::make_unique<Impl>();
    impl->session = Ort::Session(runtime.impl_->env, file.c_str(), to_ort(options));
    SOTTO_ASSIGN(std::vector<Port> inputs, read_ports(impl->session, true));
    SOTTO_ASSIGN(std::vector<Port> outputs, read_ports(impl->session, false));
    return std::unique_ptr<Session>(
        new Session(std::move(impl), std::move(inputs), std::move(outputs)));
  };
  auto loaded = internal::guard(internal::kUnreadable, load);
  if (!loaded) {
    Error error = std::move(loaded).error();
    std::string detail = file.string() + ": " + error.detail();
    return std::move(error).with_detail(std::move(detail));
  }
  return std::move(loaded).value();
}

const Port* Session::input(std::string_view name) const { return find(inputs_, name); }
const Port* Session::output(std::string_view name) const { return find(outputs_, name); }

Result<std::vector<Tensor>> Session::run(const CallContext& context, std::span<const Feed> feeds,
                                         std::span<const char* const> outputs) const {
  SOTTO_TRY(context.check());
  std::vector<const char*> names;
  std::vector<const OrtValue*> values;
  names.reserve(feeds.size());
  values.reserve(feeds.size());
  for (const Feed& feed : feeds) {
    names.push_back(feed.name);
    values.push_back(feed.tensor->impl_->value);
  }
  auto work = [&]() -> Result<std::vector<Tensor>> {
    Ort::RunOptions options;
    // SetTerminate may be called while the run is going on: that is its purpose.
    const std::stop_callback terminate(context.stop(), [&] { options.SetTerminate(); });
    std::vector<Ort::Value> results;
    results.reserve(outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) results.emplace_back(nullptr);
    // The C call, because the C++ one wants the inputs as an array of owning values.
    Ort::ThrowOnError(Ort::GetApi().Run(impl_->session, options, names.data(), values.data(),
                                        values.size(), outputs.data(), outputs.size(),
                                        reinterpret_cast<OrtValue**>(results.data())));
    std::vector<Tensor> tensors;
    tensors.reserve(results.size());
    for (Ort::Value& value : results) {
      const auto info = value.GetTensorTypeAndShapeInfo();
      auto impl = std::make_unique<Tensor::Impl>();
      SOTTO_ASSIGN(impl->type, internal::element_type(info.GetElementType()));
      impl->shape = info.GetShape();
      impl->value = std::move(value);
      tensors.push_back(Tensor(std::move(impl)));
    }
    return tensors;
  };
  auto done = internal::guard(internal::kRunFailed, work);
  // A run that was terminated fails with a text of the library's; the caller wants "cancelled".
  if (context.stop().stop_requested()) SOTTO_TRY(context.check());
  if (!done) return std::move(done).error();
  return std::move(done).value();
}

}  // namespace sotto::infer
