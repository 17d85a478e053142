#include "platform/wire/json.h"

#include <limits>
#include <utility>

#include "platform/wire/json_fields.h"
#include "transcript/internal/writers.h"
#include "transcript/validate.h"

namespace sotto::transcript {
namespace {

using wire::Json;
using wire::JsonFields;

// Grows when an old reader would misread a document; new fields alone do not grow it.
constexpr std::int64_t kVersion = 1;

Json word_json(const Word& word) {
  Json json{
      {"id", word.id}, {"text", word.text}, {"start_ms", word.start_ms}, {"end_ms", word.end_ms}};
  if (word.confidence) json["confidence"] = *word.confidence;
  return json;
}

Json segment_json(const Segment& segment) {
  Json json{{"start_ms", segment.start_ms}, {"end_ms", segment.end_ms}, {"text", segment.text}};
  if (!segment.words.empty()) {
    Json& words = json["words"] = Json::array();
    for (const Word& word : segment.words) words.push_back(word_json(word));
  }
  if (segment.confidence) json["confidence"] = *segment.confidence;
  if (segment.speaker) json["speaker"] = *segment.speaker;
  if (segment.channel) json["channel"] = *segment.channel;
  if (!segment.language.empty()) json["language"] = segment.language;
  return json;
}

/// One segment a line, so that the document streams in bounded memory and reads well in a pager.
class JsonWriter final : public Writer {
 public:
  std::string begin(const Transcript& head) override {
    const Json provenance{{"model", head.provenance.model},
                          {"engine", head.provenance.engine},
                          {"version", head.provenance.version}};
    return "{\"version\":" + std::to_string(kVersion) +
           ",\"provenance\":" + wire::to_text(provenance) + ",\n\"segments\":[";
  }

  std::string segment(const Segment& segment) override {
    return std::exchange(is_first_, false) ? '\n' + wire::to_text(segment_json(segment))
                                           : ",\n" + wire::to_text(segment_json(segment));
  }

  std::string end(const Transcript& tail) override {
    Json speakers = Json::array();
    for (const Speaker& speaker : tail.speakers)
      speakers.push_back(Json{{"id", speaker.id}, {"name", speaker.name}});
    Json warnings = Json::array();
    for (const Warning& warning : tail.warnings)
      warnings.push_back(Json{{"reason", warning.reason}, {"message", warning.message}});
    return "\n],\n\"language\":" + wire::to_text(tail.language) +
           ",\n\"duration_ms\":" + std::to_string(tail.duration_ms) +
           ",\n\"truncated\":" + (tail.truncated ? "true" : "false") +
           ",\n\"speakers\":" + wire::to_text(speakers) +
           ",\n\"warnings\":" + wire::to_text(warnings) + "}\n";
  }

 private:
  bool is_first_ = true;
};

std::string item_path(const std::string& list, std::size_t index) {
  return list + '[' + std::to_string(index) + ']';
}

Result<Word> read_word(const Json& json, std::string path) {
  SOTTO_ASSIGN(const JsonFields fields, JsonFields::of(json, std::move(path)));
  Word word;
  SOTTO_ASSIGN(word.id, fields.unsigned_integer("id"));
  SOTTO_ASSIGN(word.text, fields.text("text"));
  SOTTO_ASSIGN(word.start_ms, fields.integer("start_ms", 0, kTimeMsMax));
  SOTTO_ASSIGN(word.end_ms, fields.integer("end_ms", 0, kTimeMsMax));
  SOTTO_ASSIGN(word.confidence, fields.optional_number("confidence"));
  return word;
}

Result<Segment> read_segment(const Json& json, const std::string& path) {
  SOTTO_ASSIGN(const JsonFields fields, JsonFields::of(json, path));
  Segment segment;
  SOTTO_ASSIGN(segment.start_ms, fields.integer("start_ms", 0, kTimeMsMax));
  SOTTO_ASSIGN(segment.end_ms, fields.integer("end_ms", 0, kTimeMsMax));
  SOTTO_ASSIGN(segment.text, fields.text("text"));
  SOTTO_ASSIGN(segment.confidence, fields.optional_number("confidence"));
  SOTTO_ASSIGN(segment.speaker, fields.optional_text("speaker"));
  SOTTO_ASSIGN(const auto channel,
               fields.optional_integer("channel", 0, std::numeric_limits<int>::max()));
  if (channel) segment.channel = static_cast<int>(*channel);
  SOTTO_ASSIGN(segment.language, fields.text_or("language", ""));
  SOTTO_ASSIGN(const Json* const words, fields.optional_array("words"));
  if (words != nullptr) {
    segment.words.reserve(words->size());
    for (const Json& item : *words) {
      SOTTO_ASSIGN(Word word, read_word(item, item_path(path + ".words", segment.words.size())));
      segment.words.push_back(std::move(word));
    }
  }
  return segment;
}

Result<std::vector<Segment>> read_segments(const Json& list, std::size_t count_max) {
  if (list.size() > count_max) {
    return Error(ErrorCode::kTooLarge, "transcript.too_large",
                 "The transcript has " + std::to_string(list.size()) + " segments; at most " +
                     std::to_string(count_max) + " are read.");
  }
  std::vector<Segment> segments;
  segments.reserve(list.size());
  for (const Json& item : list) {
    SOTTO_ASSIGN(Segment segment, read_segment(item, item_path("segments", segments.size())));
    segments.push_back(std::move(segment));
  }
  return segments;
}

Result<std::vector<Speaker>> read_speakers(const Json* list) {
  std::vector<Speaker> speakers;
  if (list == nullptr) return speakers;
  for (const Json& item : *list) {
    SOTTO_ASSIGN(const JsonFields fields,
                 JsonFields::of(item, item_path("speakers", speakers.size())));
    Speaker speaker;
    SOTTO_ASSIGN(speaker.id, fields.text("id"));
    SOTTO_ASSIGN(speaker.name, fields.text_or("name", ""));
    speakers.push_back(std::move(speaker));
  }
  return speakers;
}

Result<std::vector<Warning>> read_warnings(const Json* list) {
  std::vector<Warning> warnings;
  if (list == nullptr) return warnings;
  for (const Json& item : *list) {
    SOTTO_ASSIGN(const JsonFields fields,
                 JsonFields::of(item, item_path("warnings", warnings.size())));
    Warning warning;
    SOTTO_ASSIGN(warning.reason, fields.text("reason"));
    SOTTO_ASSIGN(warning.message, fields.text_or("message", ""));
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

Result<Provenance> read_provenance(const Json* json) {
  Provenance provenance;
  if (json == nullptr) return provenance;
  SOTTO_ASSIGN(const JsonFields fields, JsonFields::of(*json, "provenance"));
  SOTTO_ASSIGN(provenance.model, fields.text_or("model", ""));
  SOTTO_ASSIGN(provenance.engine, fields.text_or("engine", ""));
  SOTTO_ASSIGN(provenance.version, fields.text_or("version", ""));
  return provenance;
}

Result<> check_version(const JsonFields& fields) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  SOTTO_ASSIGN(const std::int64_t version, fields.integer("version", 0, kAny));
  if (version == kVersion) return {};
  return Error(ErrorCode::kUnsupported, "transcript.version_unsupported",
               "The transcript has version " + std::to_string(version) + "; this Sotto reads " +
                   std::to_string(kVersion) + '.');
}

}  // namespace

Result<Transcript> decode_json(std::string_view text, const ImportLimits& limits) {
  SOTTO_ASSIGN(const Json json, wire::parse_json(text, {.bytes_max = limits.bytes_max}));
  SOTTO_ASSIGN(const JsonFields fields, JsonFields::of(json));
  SOTTO_TRY(check_version(fields));
  Transcript transcript;
  SOTTO_ASSIGN(transcript.language, fields.text_or("language", ""));
  SOTTO_ASSIGN(const auto duration, fields.optional_integer("duration_ms", 0, kTimeMsMax));
  transcript.duration_ms = duration.value_or(0);
  SOTTO_ASSIGN(transcript.truncated, fields.flag_or("truncated", false));
  SOTTO_ASSIGN(const Json* const speakers, fields.optional_array("speakers"));
  SOTTO_ASSIGN(transcript.speakers, read_speakers(speakers));
  SOTTO_ASSIGN(const Json* const segments, fields.array("segments"));
  SOTTO_ASSIGN(transcript.segments, read_segments(*segments, limits.segments_max));
  SOTTO_ASSIGN(const Json* const warnings, fields.optional_array("warnings"));
  SOTTO_ASSIGN(transcript.warnings, read_warnings(warnings));
  SOTTO_ASSIGN(const Json* const provenance, fields.optional_object("provenance"));
  SOTTO_ASSIGN(transcript.provenance, read_provenance(provenance));
  SOTTO_TRY(validate(transcript));
  return transcript;
}

namespace internal {

std::unique_ptr<Writer> make_json_writer() { return std::make_unique<JsonWriter>(); }

}  // namespace internal
}  // namespace sotto::transcript
