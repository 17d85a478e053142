#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/multipart.h"

namespace {

using sotto::Result;
using sotto::http::MultipartParser;
using sotto::http::PartHead;

/// Checks the order of the events and writes them down.
class Recorder final : public sotto::http::PartSink {
 public:
  Result<> begin_part(const PartHead& head) override {
    SOTTO_CHECK(!open_ && !head.name.empty());
    SOTTO_CHECK(!head.filename || head.filename->find('/') == std::string::npos);
    open_ = true;
    seen += "<" + head.name + "|" + head.filename.value_or("-") + "|" + head.content_type + "|";
    return {};
  }
  Result<> take_data(std::string_view data) override {
    SOTTO_CHECK(open_ && !data.empty());
    seen += data;
    return {};
  }
  Result<> end_part() override {
    SOTTO_CHECK(open_);
    open_ = false;
    seen += ">";
    return {};
  }
  std::string seen;

 private:
  bool open_ = false;
};

std::string parse(std::string_view bytes, std::size_t piece) {
  auto parser = MultipartParser::create("multipart/form-data; boundary=b",
                                        {.parts_max = 4, .head_max = 128, .value_max = 64});
  SOTTO_CHECK(parser);
  Recorder recorder;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (!parser->feed(bytes.substr(0, piece), recorder)) return "refused";
  return recorder.seen + (parser->finish() ? "." : "?");
}

}  // namespace

// However a form is cut into pieces, it gives the same parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = parse(bytes, std::max<std::size_t>(size, 1));
  SOTTO_CHECK(whole == parse(bytes, 1));
  SOTTO_CHECK(whole == parse(bytes, 5));
  (void)MultipartParser::create(bytes);  // The same bytes as a Content-Type must not crash.
  return 0;
}
