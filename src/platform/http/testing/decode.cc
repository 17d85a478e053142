#include "platform/http/testing/decode.h"

#include <brotli/decode.h>
#include <cstdint>
#include <zlib.h>

namespace sotto::http {

std::string decode(std::string_view coding, std::string_view bytes, std::size_t size_max) {
  std::string out(size_max, '\0');
  if (coding == "gzip") {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return "broken";
    std::string input(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());  // NOLINT
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    const bool took_all = stream.avail_in == 0;
    inflateEnd(&stream);
    return result == Z_STREAM_END && took_all ? out : "broken";
  }
  if (coding != "br") return std::string(bytes);
  std::size_t size = out.size();
  if (BrotliDecoderDecompress(bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                              &size, reinterpret_cast<std::uint8_t*>(out.data())) !=  // NOLINT
      BROTLI_DECODER_RESULT_SUCCESS)
    return "broken";
  out.resize(size);
  return out;
}

}  // namespace sotto::http
