#include "speech/models/catalogue.h"

#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "speech/models/manifest.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_of(const std::vector<const Model*>& models) {
  std::vector<std::string> names;
  for (const Model* const model : models) names.push_back(model->name);
  return names;
}

TEST(Catalogue, OfThisProgramHasTheDefaultModels) {
  const Catalogue catalogue = Catalogue::embedded().value();
  EXPECT_EQ(catalogue.default_of(ModelKind::kAsr).name, "moonshine-base");
  EXPECT_EQ(catalogue.default_of(ModelKind::kVad).name, "silero-vad");
  EXPECT_EQ(catalogue.find("moonshine-tiny").value()->family, "moonshine");
}

/// Every file of spec/models is in the program, under the name that it says.
TEST(Catalogue, HoldsEveryFileOfTheSpecification) {
  const char* const source = std::getenv("SOTTO_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const Catalogue catalogue = Catalogue::embedded().value();
  std::set<std::string> on_disk;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(source) / "spec/models")) {
    if (entry.path().filename() == "defaults.json") continue;
    const Model model = parse_manifest(file_text(entry.path())).value();
    EXPECT_EQ(model.name, entry.path().stem());
    on_disk.insert(model.name);
  }
  std::set<std::string> embedded;
  for (const Model& model : catalogue.models()) embedded.insert(model.name);
  EXPECT_EQ(embedded, on_disk);
}

TEST(Catalogue, BringsWhatAModelRequiresFirstAndOnce) {
  const Catalogue catalogue = Catalogue::embedded().value();
  const std::vector<std::string> wanted{"moonshine-base", "moonshine-tiny", "moonshine-base"};
  EXPECT_THAT(names_of(catalogue.with_requirements(wanted).value()),
              ElementsAre("silero-vad", "moonshine-base", "moonshine-tiny"));
}

TEST(Catalogue, HelpsWithAnUnknownName) {
  const Catalogue catalogue = Catalogue::embedded().value();
  const auto slip = catalogue.find("moonshine-bse");
  EXPECT_EQ(slip.error().reason(), "models.unknown");
  EXPECT_THAT(slip.error().message(), HasSubstr("Did you mean moonshine-base?"));
  EXPECT_THAT(catalogue.find("gigantic").error().message(),
              HasSubstr("moonshine-base, moonshine-tiny, silero-vad"));
}

TEST(Catalogue, RefusesWhatDoesNotFitTogether) {
  const std::string one =
      manifest_json("one", {{"f", "x", {url_source("https://example.org/f")}}}).dump();
  wire::Json needy = manifest_json("needy", {{"f", "x", {url_source("https://example.org/f")}}});
  needy["requires"] = {"nothing"};
  const std::string needy_text = needy.dump();
  const std::string vad =
      manifest_json("vad", {{"f", "x", {url_source("https://example.org/f")}}}, "vad").dump();
  const std::string defaults = R"({"asr": "one", "vad": "vad"})";
  const auto reason = [](std::vector<std::string_view> texts, std::string_view chosen) {
    const auto parsed = Catalogue::parse(texts, chosen);
    return parsed ? std::string("parsed") : parsed.error().reason();
  };
  EXPECT_EQ(reason({one, vad}, defaults), "parsed");
  EXPECT_EQ(reason({one, one, vad}, defaults), "models.manifest_invalid") << "twice";
  EXPECT_EQ(reason({one, vad, needy_text}, defaults), "models.manifest_invalid") << "requirement";
  EXPECT_EQ(reason({one, vad}, R"({"asr": "vad", "vad": "vad"})"), "models.manifest_invalid");
  EXPECT_EQ(reason({one, vad}, R"({"asr": "one", "vad": "vad", "tts": "one"})"),
            "models.manifest_invalid");
  EXPECT_EQ(reason({one, vad}, "{}"), "models.manifest_invalid");
}

}  // namespace
}  // namespace sotto::models
