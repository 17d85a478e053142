#include "platform/infer/testing/corpus_speech.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sotto::infer {

std::optional<std::vector<float>> corpus_speech(std::string_view file) {
  const char* folder = std::getenv("SOTTO_CORPUS");
  if (folder == nullptr) return std::nullopt;
  std::ifstream stream(std::filesystem::path(folder) / file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)),
                          std::istreambuf_iterator<char>());
  const std::size_t data = bytes.find("data");
  if (data == std::string::npos) return std::nullopt;
  std::vector<float> samples;
  for (std::size_t i = data + 8; i + 1 < bytes.size(); i += 2) {
    const unsigned word = static_cast<unsigned char>(bytes[i]) |
                          static_cast<unsigned>(static_cast<unsigned char>(bytes[i + 1])) << 8;
    samples.push_back(static_cast<float>(static_cast<std::int16_t>(word)) / 32'768.0F);
  }
  return samples;
}

}  // namespace sotto::infer
