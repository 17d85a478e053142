#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/setting.h"

namespace sotto::config {

/// One value for every row of a table, and where each came from. Asking for a name that the table
/// does not have, or for another kind than the row's, is a bug and aborts. Reading: any thread.
class Values {
 public:
  struct Entry {
    const Setting* setting = nullptr;
    Value value;
    Source source;
  };

  /// The defaults. One that its own row refuses is a bug.
  explicit Values(std::span<const Setting> table);

  std::span<const Entry> entries() const { return entries_; }
  const Entry& entry(std::string_view name) const;
  void set(std::string_view name, Value value, Source source);

  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<std::string>& texts(std::string_view name) const;
  const Secret& secret(std::string_view name) const;
  /// Where the value of a kChoice stands among its choices, from 0.
  std::size_t choice_index(std::string_view name) const;

 private:
  template <typename T>
  const T& get(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace sotto::config
