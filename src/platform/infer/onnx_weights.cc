#include "platform/infer/onnx_weights.h"

#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace sotto::infer {
namespace {

// Numbers of the fields in onnx.proto (IR version 10).
constexpr std::uint32_t kModelGraph = 7;
constexpr std::uint32_t kGraphNode = 1;
constexpr std::uint32_t kGraphInitializer = 5;
constexpr std::uint32_t kNodeOutput = 2;
constexpr std::uint32_t kNodeAttribute = 5;
constexpr std::uint32_t kAttributeTensor = 5;
constexpr std::uint32_t kAttributeGraph = 6;
constexpr std::uint32_t kTensorDims = 1;
constexpr std::uint32_t kTensorType = 2;
constexpr std::uint32_t kTensorFloatData = 4;
constexpr std::uint32_t kTensorName = 8;
constexpr std::uint32_t kTensorRawData = 9;

constexpr std::int32_t kFloat32 = 1;
constexpr std::size_t kDimensionsMax = 8;

Error unreadable(const char* detail) {
  return Error(ErrorCode::kDataLoss, "infer.model_unreadable",
               "A model file is damaged or is not an ONNX model.")
      .with_detail(detail);
}

/// One field of a message: its number, and its value as a number or as bytes.
struct WireField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

/// Walks the fields of one message.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  /// The next field; nothing at the end.
  Result<std::optional<WireField>> next() {
    if (rest_.empty()) return std::optional<WireField>();
    SOTTO_ASSIGN(const std::uint64_t key, varint());
    if (key >> 3 == 0 || key >> 3 > std::numeric_limits<std::uint32_t>::max())
      return unreadable("field number out of range");
    WireField field{.number = static_cast<std::uint32_t>(key >> 3)};
    switch (key & 7) {
      case 0: {
        SOTTO_ASSIGN(field.value, varint());
        break;
      }
      case 1: {
        SOTTO_ASSIGN(field.bytes, take(8));
        break;
      }
      case 2: {
        SOTTO_ASSIGN(const std::uint64_t size, varint());
        SOTTO_ASSIGN(field.bytes, take(size));
        break;
      }
      case 5: {
        SOTTO_ASSIGN(field.bytes, take(4));
        break;
      }
      default:
        return unreadable("unknown wire type");
    }
    return std::optional(field);
  }

  Result<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return unreadable("cut inside a number");
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return unreadable("number too long");
  }

  bool done() const { return rest_.empty(); }

 private:
  Result<std::string_view> take(std::uint64_t size) {
    if (size > rest_.size()) return unreadable("cut inside a field");
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

Result<> add_dimension(Shape& shape, std::uint64_t size) {
  if (shape.size() == kDimensionsMax || size > std::numeric_limits<std::int32_t>::max())
    return unreadable("impossible shape");
  shape.push_back(static_cast<std::int64_t>(size));
  return {};
}

struct NamedWeight {
  std::string name;
  OnnxWeight weight;
};

Result<NamedWeight> read_tensor(std::string_view bytes) {
  NamedWeight found;
  WireReader reader(bytes);
  while (true) {
    SOTTO_ASSIGN(const auto field, reader.next());
    if (!field) return found;
    if (field->number == kTensorType) found.weight.data_type = static_cast<int>(field->value);
    if (field->number == kTensorName) found.name = field->bytes;
    // Packed floats lie there as raw ones do.
    if (field->number == kTensorRawData || field->number == kTensorFloatData)
      found.weight.bytes = field->bytes;
    if (field->number != kTensorDims) continue;
    if (field->bytes.empty()) {
      SOTTO_TRY(add_dimension(found.weight.shape, field->value));
      continue;
    }
    WireReader packed(field->bytes);
    while (!packed.done()) {
      SOTTO_ASSIGN(const std::uint64_t size, packed.varint());
      SOTTO_TRY(add_dimension(found.weight.shape, size));
    }
  }
}

/// Whether there are as many bytes as the shape says; products of dimensions may not wrap.
bool holds(const OnnxWeight& weight) {
  std::size_t count = 1;
  for (const std::int64_t size : weight.shape) {
    if (size != 0 && count > weight.bytes.size() / static_cast<std::size_t>(size)) return false;
    count *= static_cast<std::size_t>(size);
  }
  return weight.bytes.size() == count * sizeof(float);
}

using Weights = std::map<std::string, OnnxWeight, std::less<>>;
using Graphs = std::vector<std::string_view>;

Result<> keep(Weights& weights, std::string name, OnnxWeight weight) {
  if (weights.size() == OnnxWeights::kCountMax) return unreadable("too many constants");
  weights.insert_or_assign(std::move(name), std::move(weight));
  return {};
}

/// What a node holds: a constant by the name of its first output, and the graphs of its branches.
Result<> read_node(std::string_view bytes, Weights& weights, Graphs& inner) {
  std::string output;
  std::string_view tensor;
  WireReader reader(bytes);
  while (true) {
    SOTTO_ASSIGN(const auto field, reader.next());
    if (!field) break;
    if (field->number == kNodeOutput && output.empty()) output = field->bytes;
    if (field->number != kNodeAttribute) continue;
    WireReader attribute(field->bytes);
    while (true) {
      SOTTO_ASSIGN(const auto part, attribute.next());
      if (!part) break;
      if (part->number == kAttributeTensor) tensor = part->bytes;
      if (part->number == kAttributeGraph) inner.push_back(part->bytes);
    }
  }
  if (tensor.empty() || output.empty()) return {};
  SOTTO_ASSIGN(NamedWeight found, read_tensor(tensor));
  return keep(weights, std::move(output), std::move(found.weight));
}

Result<> read_graph(std::string_view bytes, Weights& weights, Graphs& inner) {
  WireReader reader(bytes);
  while (true) {
    SOTTO_ASSIGN(const auto field, reader.next());
    if (!field) return {};
    if (field->number == kGraphNode) SOTTO_TRY(read_node(field->bytes, weights, inner));
    if (field->number != kGraphInitializer) continue;
    SOTTO_ASSIGN(NamedWeight found, read_tensor(field->bytes));
    SOTTO_TRY(keep(weights, std::move(found.name), std::move(found.weight)));
  }
}

}  // namespace

Result<OnnxWeights> OnnxWeights::parse(std::string_view bytes) {
  Graphs graphs;
  WireReader model(bytes);
  while (true) {
    SOTTO_ASSIGN(const auto field, model.next());
    if (!field) break;
    if (field->number == kModelGraph) graphs.push_back(field->bytes);
  }
  if (graphs.empty()) return unreadable("no graph");
  OnnxWeights result;
  // Level by level, so that the depth of the file is no depth of our stack.
  for (std::size_t depth = 0; !graphs.empty(); ++depth) {
    if (depth == kDepthMax) return unreadable("graphs too deep");
    Graphs inner;
    for (const std::string_view graph : graphs)
      SOTTO_TRY(read_graph(graph, result.weights_, inner));
    graphs = std::move(inner);
  }
  return result;
}

Result<std::vector<float>> OnnxWeights::floats(std::string_view name, const Shape& shape) const {
  const auto found = weights_.find(name);
  if (found == weights_.end() || found->second.data_type != kFloat32 ||
      found->second.shape != shape || !holds(found->second))
    return Error(ErrorCode::kDataLoss, "infer.weight_mismatch",
                 "A model file does not hold the weights that it must; fetch the model again.")
        .with_detail(std::string(name) + " " + describe(ElementType::kFloat32, shape));
  std::vector<float> values(found->second.bytes.size() / sizeof(float));
  std::memcpy(values.data(), found->second.bytes.data(), found->second.bytes.size());
  return values;
}

}  // namespace sotto::infer
