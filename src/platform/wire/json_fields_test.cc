#include "platform/wire/json_fields.h"

#include <gtest/gtest.h>
#include <string>

namespace sotto::wire {
namespace {

Json sample() {
  return parse_json(R"({"text":"t","number":5,"negative":-5,"half":0.5,"flag":true,
      "nothing":null,"list":[1],"object":{},"huge":18446744073709551615})")
      .value();
}

TEST(JsonFields, ReadsFieldsWithTheirTypes) {
  const Json json = sample();
  const JsonFields fields = JsonFields::of(json).value();
  EXPECT_EQ(fields.text("text").value(), "t");
  EXPECT_EQ(fields.text_or("missing", "other").value(), "other");
  EXPECT_EQ(fields.integer("number", 0, 5).value(), 5);
  EXPECT_EQ(fields.integer("negative", -5, 5).value(), -5);
  EXPECT_EQ(fields.unsigned_integer("huge").value(), 18446744073709551615U);
  EXPECT_EQ(fields.optional_number("half").value(), 0.5);
  EXPECT_EQ(fields.optional_number("number").value(), 5.0);
  EXPECT_TRUE(fields.flag_or("flag", false).value());
  EXPECT_EQ(fields.array("list").value()->size(), 1U);
  EXPECT_NE(fields.optional_object("object").value(), nullptr);
}

TEST(JsonFields, TakesNullAndAbsenceAsMissing) {
  const Json json = sample();
  const JsonFields fields = JsonFields::of(json).value();
  for (const char* key : {"nothing", "absent"}) {
    EXPECT_EQ(fields.optional_text(key).value(), std::nullopt);
    EXPECT_EQ(fields.optional_integer(key, 0, 1).value(), std::nullopt);
    EXPECT_EQ(fields.optional_number(key).value(), std::nullopt);
    EXPECT_FALSE(fields.flag_or(key, false).value());
    EXPECT_EQ(fields.optional_array(key).value(), nullptr);
    EXPECT_EQ(fields.optional_object(key).value(), nullptr);
    EXPECT_FALSE(fields.text(key));
    EXPECT_FALSE(fields.integer(key, 0, 1));
    EXPECT_FALSE(fields.array(key));
  }
}

TEST(JsonFields, NamesThePlaceAndTheRule) {
  const Json json = sample();
  const JsonFields fields = JsonFields::of(json, "segments[3]").value();
  const Error error = fields.integer("text", 0, 9).error();
  EXPECT_EQ(error.reason(), "wire.json_field_invalid");
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "segments[3].text must be an integer from 0 to 9.");
  EXPECT_EQ(fields.text("absent").error().message(),
            "segments[3].absent is missing: it must be a string.");
}

TEST(JsonFields, RefusesOtherTypes) {
  const Json json = sample();
  const JsonFields fields = JsonFields::of(json).value();
  EXPECT_FALSE(fields.text("number"));
  EXPECT_FALSE(fields.integer("half", 0, 9));
  EXPECT_FALSE(fields.unsigned_integer("negative"));
  EXPECT_FALSE(fields.optional_number("text"));
  EXPECT_FALSE(fields.flag_or("number", true));
  EXPECT_FALSE(fields.optional_array("object"));
  EXPECT_FALSE(fields.optional_object("list"));
}

TEST(JsonFields, HoldsIntegersToTheirRange) {
  const Json json = sample();
  const JsonFields fields = JsonFields::of(json).value();
  EXPECT_TRUE(fields.integer("number", 5, 5));
  EXPECT_FALSE(fields.integer("number", 6, 9));
  EXPECT_FALSE(fields.integer("number", 0, 4));
  EXPECT_FALSE(fields.integer("huge", INT64_MIN, INT64_MAX)) << "must not wrap";
}

TEST(JsonFields, WantsAnObject) {
  EXPECT_EQ(JsonFields::of(Json::array()).error().message(),
            "The JSON document must be an object.");
  EXPECT_EQ(JsonFields::of(Json(1), "provenance").error().message(),
            "provenance must be an object.");
}

}  // namespace
}  // namespace sotto::wire
