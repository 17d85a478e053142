#include "platform/sql/internal/postgres_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <type_traits>

#include <libpq-fe.h>

namespace sotto::sql::internal {
namespace {

// src/include/catalog/pg_type.dat of PostgreSQL 15: these never change.
enum Type : std::uint32_t {
  kBool = 16,
  kBytea = 17,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOid = 26,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kBpchar = 1042,
  kVarchar = 1043,
  kNumeric = 1700,
  kUuid = 2950,
  kJsonb = 3802,
};

bool is_one_of(std::uint32_t type, std::initializer_list<Type> types) {
  return std::ranges::any_of(types, [type](Type known) { return known == type; });
}

template <typename Number>
std::string to_text(Number number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return std::string(buffer.data(), end);
}

template <typename Unsigned>
Unsigned big_endian(const char* bytes) {
  Unsigned number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = static_cast<Unsigned>((number << 8) | static_cast<unsigned char>(bytes[i]));
  return number;
}

bool fits(const Value& value, std::uint32_t type) {
  return std::visit(
      [type](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::int64_t>)
          return is_one_of(type, {kInt8, kInt4, kInt2, kNumeric, kFloat8, kFloat4, kOid});
        if constexpr (std::is_same_v<Held, double>)
          return is_one_of(type, {kFloat8, kFloat4, kNumeric});
        if constexpr (std::is_same_v<Held, bool>) return is_one_of(type, {kBool});
        if constexpr (std::is_same_v<Held, std::string_view>)
          return is_one_of(type, {kText, kVarchar, kBpchar, kName, kJson, kJsonb});
        if constexpr (std::is_same_v<Held, Value::Blob>) return is_one_of(type, {kBytea});
        if constexpr (std::is_same_v<Held, Uuid>) return is_one_of(type, {kUuid});
        return true;  // NULL is of every type.
      },
      value.held());
}

}  // namespace

void PostgresArguments::add_text(std::string text) {
  texts_.push_back(std::move(text));
  pointers_.push_back(texts_.back().c_str());
  sizes_.push_back(0);  // Ignored: text ends with a zero byte.
  formats_.push_back(0);
}

void PostgresArguments::add_bytes(const char* bytes, std::size_t size) {
  pointers_.push_back(bytes == nullptr ? "" : bytes);
  sizes_.push_back(static_cast<int>(size));
  formats_.push_back(1);
}

Result<PostgresArguments> PostgresArguments::make(std::span<const Value> values,
                                                  std::span<const std::uint32_t> types) {
  PostgresArguments arguments;
  arguments.texts_.reserve(values.size());  // Pointers into it must stay.
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i >= types.size() || !fits(values[i], types[i]))
      return Error(
          ErrorCode::kInternal, "sql.type_mismatch",
          "Value " + std::to_string(i + 1) + " of a statement is of another type than its place.");
    const Value::Held& held = values[i].held();
    if (const auto* number = std::get_if<std::int64_t>(&held)) {
      arguments.add_text(to_text(*number));
    } else if (const auto* real = std::get_if<double>(&held)) {
      arguments.add_text(to_text(*real));
    } else if (const auto* flag = std::get_if<bool>(&held)) {
      arguments.add_text(*flag ? "t" : "f");
    } else if (const auto* text = std::get_if<std::string_view>(&held)) {
      arguments.add_text(std::string(*text));
    } else if (const auto* bytes = std::get_if<Value::Blob>(&held)) {
      arguments.add_bytes(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    } else if (const auto* uuid = std::get_if<Uuid>(&held)) {
      arguments.add_text(uuid->to_string());
    } else {
      arguments.pointers_.push_back(nullptr);
      arguments.sizes_.push_back(0);
      arguments.formats_.push_back(0);
    }
  }
  return arguments;
}

Result<Cell> postgres_cell(const pg_result* answer, int row, int column) {
  if (PQgetisnull(answer, row, column) != 0) return Cell();
  const char* bytes = PQgetvalue(answer, row, column);
  const auto size = static_cast<std::size_t>(PQgetlength(answer, row, column));
  const auto type = static_cast<std::uint32_t>(PQftype(answer, column));
  if (type == kInt8 && size == 8)
    return Cell(static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes)));
  if (type == kInt4 && size == 4)
    return Cell(std::int64_t{static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes))});
  if (type == kInt2 && size == 2)
    return Cell(std::int64_t{static_cast<std::int16_t>(big_endian<std::uint16_t>(bytes))});
  if (type == kOid && size == 4) return Cell(std::int64_t{big_endian<std::uint32_t>(bytes)});
  if (type == kBool && size == 1) return Cell(*bytes != 0);
  if (type == kFloat8 && size == 8)
    return Cell(std::bit_cast<double>(big_endian<std::uint64_t>(bytes)));
  if (type == kFloat4 && size == 4)
    return Cell(double{std::bit_cast<float>(big_endian<std::uint32_t>(bytes))});
  if (type == kUuid && size == 16) {
    std::array<std::uint8_t, 16> raw{};
    std::copy_n(bytes, raw.size(), raw.begin());
    return Cell(Uuid::from_bytes(raw));
  }
  if (is_one_of(type, {kText, kVarchar, kBpchar, kName, kJson}))
    return Cell(std::string(bytes, size));
  if (type == kBytea) {
    const auto* data = reinterpret_cast<const std::byte*>(bytes);
    return Cell(std::vector<std::byte>(data, data + size));
  }
  return Error(ErrorCode::kInternal, "sql.type_mismatch",
               "Column " + std::to_string(column) +
                   " has a type that the program cannot read; the statement has to cast it.");
}

}  // namespace sotto::sql::internal
