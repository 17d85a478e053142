#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/config/setting.h"

namespace sotto::config::internal {

/// A value as a file holds it, before anybody asked what it should be.
struct Foreign {
  std::string what;  ///< "a date", "a table": what no setting takes.
};
using RawScalar = std::variant<bool, std::int64_t, double, std::string, Foreign>;
using Raw = std::variant<RawScalar, std::vector<RawScalar>>;

/// The value of `setting` out of a text: environment, command line, default. A list is separated by
/// commas. Errors as of check_value(); the message begins with the setting's name.
Result<Value> parse_text(const Setting& setting, std::string_view text);

/// The value of `setting` out of a file. "config.wrong_type", "config.out_of_bounds",
/// "config.bad_value"; the value itself is shown unless it is a secret.
Result<Value> parse_raw(const Setting& setting, const Raw& raw);

}  // namespace sotto::config::internal
