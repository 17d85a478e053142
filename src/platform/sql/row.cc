#include "platform/sql/row.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace sotto::sql::internal {
namespace {

std::string_view kind_of(const Cell& cell) {
  static constexpr std::array<std::string_view, std::variant_size_v<Cell>> kNames{
      "NULL", "an integer", "a number", "a bool", "text", "bytes", "a UUID"};
  return kNames[cell.index()];
}

Error mismatch(const Cell& cell, std::size_t index, std::string_view wanted) {
  const std::string column = "Column " + std::to_string(index);
  if (std::holds_alternative<std::monostate>(cell))
    return Error(ErrorCode::kInternal, "sql.null_value",
                 column + " is NULL where the program expects " + std::string(wanted) + '.');
  return Error(ErrorCode::kInternal, "sql.type_mismatch",
               column + " holds " + std::string(kind_of(cell)) + " where the program expects " +
                   std::string(wanted) + '.');
}

template <typename T>
Result<> take(const Cell& cell, std::size_t index, T& target, std::string_view wanted) {
  const T* value = std::get_if<T>(&cell);
  if (value == nullptr) return mismatch(cell, index, wanted);
  target = *value;
  return {};
}

}  // namespace

Result<> read_cell(const Cell& cell, std::size_t index, std::int64_t& target) {
  return take(cell, index, target, "an integer");
}

Result<> read_cell(const Cell& cell, std::size_t index, std::int32_t& target) {
  std::int64_t wide = 0;
  SOTTO_TRY(read_cell(cell, index, wide));
  if (wide < std::numeric_limits<std::int32_t>::min() ||
      wide > std::numeric_limits<std::int32_t>::max())
    return mismatch(cell, index, "an integer of 32 bits");
  target = static_cast<std::int32_t>(wide);
  return {};
}

Result<> read_cell(const Cell& cell, std::size_t index, double& target) {
  return take(cell, index, target, "a number");
}

Result<> read_cell(const Cell& cell, std::size_t index, bool& target) {
  // SQLite has no bool of its own.
  if (const auto* number = std::get_if<std::int64_t>(&cell);
      number != nullptr && (*number == 0 || *number == 1)) {
    target = *number == 1;
    return {};
  }
  return take(cell, index, target, "a bool");
}

Result<> read_cell(const Cell& cell, std::size_t index, std::string& target) {
  return take(cell, index, target, "text");
}

Result<> read_cell(const Cell& cell, std::size_t index, std::vector<std::byte>& target) {
  return take(cell, index, target, "bytes");
}

Result<> read_cell(const Cell& cell, std::size_t index, Uuid& target) {
  // Nor a UUID.
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&cell)) {
    std::array<std::uint8_t, 16> raw{};
    if (bytes->size() != raw.size()) return mismatch(cell, index, "a UUID");
    std::ranges::transform(*bytes, raw.begin(), std::to_integer<std::uint8_t>);
    target = Uuid::from_bytes(raw);
    return {};
  }
  return take(cell, index, target, "a UUID");
}

Result<> read_cell(const Cell& cell, std::size_t index, WallTime& target) {
  std::int64_t milliseconds = 0;
  SOTTO_TRY(read_cell(cell, index, milliseconds));
  target = WallTime(std::chrono::milliseconds(milliseconds));
  return {};
}

Error wrong_column_count(std::size_t found, std::size_t wanted) {
  return Error(ErrorCode::kInternal, "sql.column_count",
               "A row has " + std::to_string(found) + " columns where the program reads " +
                   std::to_string(wanted) + '.');
}

}  // namespace sotto::sql::internal
