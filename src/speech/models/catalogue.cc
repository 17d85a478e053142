#include "speech/models/catalogue.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "platform/wire/json.h"
#include "speech/models/internal/embedded_manifests.h"
#include "speech/models/manifest.h"

namespace sotto::models {
namespace {

constexpr ModelKind kKinds[] = {ModelKind::kAsr, ModelKind::kVad};

Error refuse(const std::string& what) {
  return Error(ErrorCode::kInvalidArgument, "models.manifest_invalid",
               "The catalogue of models is wrong: " + what + '.');
}

}  // namespace

Result<Catalogue> Catalogue::embedded() {
  return parse(internal::embedded_manifests(), internal::embedded_defaults());
}

Result<Catalogue> Catalogue::parse(std::span<const std::string_view> manifests,
                                   std::string_view defaults) {
  Catalogue catalogue;
  for (const std::string_view manifest : manifests) {
    SOTTO_ASSIGN(Model model, parse_manifest(manifest));
    if (catalogue.find_exact(model.name) != nullptr)
      return refuse("the model " + model.name + " stands twice");
    catalogue.models_.push_back(std::move(model));
  }
  std::sort(catalogue.models_.begin(), catalogue.models_.end(),
            [](const Model& one, const Model& other) { return one.name < other.name; });
  for (const Model& model : catalogue.models_)
    for (const std::string& name : model.requires_models) {
      const Model* const required = catalogue.find_exact(name);
      if (required == nullptr || !required->requires_models.empty())
        return refuse(model.name + " requires " + printable(name) +
                      ", which must be a model that itself requires none");
    }
  SOTTO_TRY(catalogue.set_defaults(defaults));
  return catalogue;
}

Result<> Catalogue::set_defaults(std::string_view text) {
  const Result<wire::Json> parsed = wire::parse_json(text);
  if (!parsed) return refuse("the defaults are not JSON: " + parsed.error().message());
  const wire::Json& json = *parsed;
  if (!json.is_object()) return refuse("the defaults are not an object");
  for (const ModelKind kind : kKinds) {
    const auto entry = json.find(to_string(kind));
    const auto* const name = entry == json.end() ? nullptr : entry->get_ptr<const std::string*>();
    const Model* const model = name == nullptr ? nullptr : find_exact(*name);
    if (model == nullptr || model->kind != kind)
      return refuse("the default for " + std::string(to_string(kind)) +
                    " is not a model of that kind");
    defaults_.push_back({kind, static_cast<std::size_t>(model - models_.data())});
  }
  if (json.size() != defaults_.size()) return refuse("a default is for a kind that does not exist");
  return {};
}

const Model* Catalogue::find_exact(std::string_view name) const {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const Model& model) { return model.name == name; });
  return found == models_.end() ? nullptr : &*found;
}

Result<const Model*> Catalogue::find(std::string_view name) const {
  if (const Model* const model = find_exact(name)) return model;
  std::vector<std::string_view> names;
  std::string list;
  for (const Model& model : models_) {
    names.emplace_back(model.name);
    list += (list.empty() ? "" : ", ") + model.name;
  }
  const auto near = closest_match(name, names);
  return Error(
      ErrorCode::kNotFound, "models.unknown",
      "There is no model " + printable(name) + ". " +
          (near ? "Did you mean " + std::string(*near) + '?' : "There are: " + list + '.'));
}

const Model& Catalogue::default_of(ModelKind kind) const {
  const auto found = std::find_if(defaults_.begin(), defaults_.end(),
                                  [&](const Default& entry) { return entry.kind == kind; });
  SOTTO_CHECK(found != defaults_.end());
  return models_[found->model_index];
}

Result<std::vector<const Model*>> Catalogue::with_requirements(
    std::span<const std::string> names) const {
  std::vector<const Model*> result;
  for (const std::string& name : names) {
    SOTTO_ASSIGN(const Model* const model, find(name));
    collect(*model, result);
  }
  return result;
}

void Catalogue::collect(const Model& model, std::vector<const Model*>& into) const {
  // One level: parse() refuses a requirement that has its own.
  for (const std::string& name : model.requires_models) {
    const Model* const required = find_exact(name);
    if (std::find(into.begin(), into.end(), required) == into.end()) into.push_back(required);
  }
  if (std::find(into.begin(), into.end(), &model) == into.end()) into.push_back(&model);
}

}  // namespace sotto::models
