#include "platform/config/values.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "platform/config/internal/parse_value.h"

namespace sotto::config {

Values::Values(std::span<const Setting> table) {
  entries_.reserve(table.size());
  for (const Setting& setting : table) {
    auto value = internal::parse_text(setting, setting.fallback);
    SOTTO_CHECK(value.has_value());
    entries_.push_back({.setting = &setting, .value = std::move(*value), .source = {}});
  }
}

const Values::Entry& Values::entry(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [name](const Entry& entry) {
    return entry.setting->name == name;
  });
  SOTTO_CHECK(found != entries_.end());
  return *found;
}

void Values::set(std::string_view name, Value value, Source source) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [name](const Entry& entry) {
    return entry.setting->name == name;
  });
  SOTTO_CHECK(found != entries_.end());
  SOTTO_CHECK(found->value.index() == value.index());
  found->value = std::move(value);
  found->source = std::move(source);
}

template <typename T>
const T& Values::get(std::string_view name) const {
  const T* value = std::get_if<T>(&entry(name).value);
  SOTTO_CHECK(value != nullptr);
  return *value;
}

bool Values::flag(std::string_view name) const { return get<bool>(name); }
std::int64_t Values::integer(std::string_view name) const { return get<std::int64_t>(name); }
double Values::number(std::string_view name) const { return get<double>(name); }
const std::string& Values::text(std::string_view name) const { return get<std::string>(name); }
const std::vector<std::string>& Values::texts(std::string_view name) const {
  return get<std::vector<std::string>>(name);
}
const Secret& Values::secret(std::string_view name) const { return get<Secret>(name); }

std::size_t Values::choice_index(std::string_view name) const {
  const Entry& found = entry(name);
  const auto& choices = found.setting->choices;
  const auto at = std::find(choices.begin(), choices.end(), std::get<std::string>(found.value));
  SOTTO_CHECK(at != choices.end());
  return static_cast<std::size_t>(at - choices.begin());
}

}  // namespace sotto::config
