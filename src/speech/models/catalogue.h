#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "speech/models/types.h"

namespace sotto::models {

/// Every model that Sotto knows: spec/models as it was when the program was built.
///
/// Immutable after its making; any thread. The pointers it gives live as long as it does, also when
/// it is moved. Nothing here touches a disk or a network.
class Catalogue {
 public:
  /// The catalogue inside this program.
  static Result<Catalogue> embedded();
  /// From texts: one manifest a model, and `defaults`, an object from kind to model name. Refused
  /// as "models.manifest_invalid", also for a name that stands twice or that no manifest has.
  static Result<Catalogue> parse(std::span<const std::string_view> manifests,
                                 std::string_view defaults);

  /// By name.
  const std::vector<Model>& models() const { return models_; }
  /// "models.unknown" (kNotFound), with the nearest name or the list of names.
  Result<const Model*> find(std::string_view name) const;
  /// The model that is used where nobody names one.
  const Model& default_of(ModelKind kind) const;
  /// The named models and all that they require, each once, what is required first.
  Result<std::vector<const Model*>> with_requirements(std::span<const std::string> names) const;

 private:
  struct Default {
    ModelKind kind;
    std::size_t model_index;
  };

  Catalogue() = default;
  const Model* find_exact(std::string_view name) const;
  Result<> set_defaults(std::string_view text);
  void collect(const Model& model, std::vector<const Model*>& into) const;

  std::vector<Model> models_;
  std::vector<Default> defaults_;
};

}  // namespace sotto::models
