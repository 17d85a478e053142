#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/sql/row.h"
#include "platform/sql/value.h"

struct pg_result;

namespace sotto::sql::internal {

/// Values in the form that libpq sends. Views into the values, which must outlive it.
class PostgresArguments {
 public:
  /// "sql.type_mismatch" where a value does not fit the type that the server expects.
  static Result<PostgresArguments> make(std::span<const Value> values,
                                        std::span<const std::uint32_t> types);

  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* pointers() const { return pointers_.data(); }
  const int* sizes() const { return sizes_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add_text(std::string text);
  void add_bytes(const char* bytes, std::size_t size);

  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
  std::vector<int> sizes_;
  std::vector<int> formats_;
};

/// A field of an answer in the binary format; "sql.type_mismatch" for a type that the program has
/// no word for (numeric, timestamp, ...): the statement casts it.
Result<Cell> postgres_cell(const pg_result* answer, int row, int column);

}  // namespace sotto::sql::internal
