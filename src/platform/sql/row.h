#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace sotto::sql {

/// One value that came back.
using Cell = std::variant<std::monostate, std::int64_t, double, bool, std::string,
                          std::vector<std::byte>, Uuid>;

namespace internal {

// Each fills `target` or says "sql.null_value" or "sql.type_mismatch", naming the column by its
// index from 0. They do not convert: an integer is no text, and a number no bool.
Result<> read_cell(const Cell& cell, std::size_t index, std::int64_t& target);
Result<> read_cell(const Cell& cell, std::size_t index, std::int32_t& target);
Result<> read_cell(const Cell& cell, std::size_t index, double& target);
Result<> read_cell(const Cell& cell, std::size_t index, bool& target);
Result<> read_cell(const Cell& cell, std::size_t index, std::string& target);
Result<> read_cell(const Cell& cell, std::size_t index, std::vector<std::byte>& target);
Result<> read_cell(const Cell& cell, std::size_t index, Uuid& target);
Result<> read_cell(const Cell& cell, std::size_t index, WallTime& target);

template <typename Tag>
Result<> read_cell(const Cell& cell, std::size_t index, Id<Tag>& target) {
  Uuid uuid;
  SOTTO_TRY(read_cell(cell, index, uuid));
  target = Id<Tag>(uuid);
  return {};
}

template <typename T>
Result<> read_cell(const Cell& cell, std::size_t index, std::optional<T>& target) {
  target.reset();
  if (std::holds_alternative<std::monostate>(cell)) return {};
  return read_cell(cell, index, target.emplace());
}

Error wrong_column_count(std::size_t found, std::size_t wanted);

}  // namespace internal

/// A row that came back; owns its values.
///
///     User user;
///     SOTTO_TRY(row.read(user.id, user.name, user.deleted));   // optional where NULL may stand
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  /// All columns, in the order of the statement. "sql.column_count" where there are more or fewer.
  template <typename... Targets>
  Result<> read(Targets&... targets) const {
    if (sizeof...(targets) != cells_.size())
      return internal::wrong_column_count(cells_.size(), sizeof...(targets));
    std::size_t index = 0;
    Result<> result;
    // Stops at the first that fails.
    static_cast<void>((... && (result = read_one(index, targets), ++index, result.has_value())));
    return result;
  }

  std::size_t size() const { return cells_.size(); }
  const Cell& operator[](std::size_t index) const { return cells_[index]; }

 private:
  template <typename T>
  Result<> read_one(std::size_t index, T& target) const {
    return internal::read_cell(cells_[index], index, target);
  }

  std::vector<Cell> cells_;
};

using Rows = std::vector<Row>;

/// Bounds of one answer; above: "sql.result_too_large". Lists are read page by page.
struct QueryLimits {
  std::size_t rows_max = 10'000;
  std::size_t bytes_max = std::size_t{32} << 20;  ///< Of all texts, blobs and cells together.
};

}  // namespace sotto::sql
