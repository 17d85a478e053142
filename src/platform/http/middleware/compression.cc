#include "platform/http/compression.h"

#include <algorithm>

#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

bool has_field(const Response& response, std::string_view name) {
  return std::any_of(response.fields.begin(), response.fields.end(),
                     [name](const auto& field) { return equals_ignoring_case(field.first, name); });
}

/// Whether another client could get this answer in another coding.
bool varies(const Exchange& exchange) {
  const Response& response = exchange.response;
  if (exchange.route != nullptr && !exchange.route->options.compress) return false;
  if (response.view || response.stream || response.events || response.websocket ||
      response.allows_ranges || response.status == 206 || has_field(response, "Content-Encoding"))
    return false;
  return !response.encoded.empty() || is_compressible(response.content_type);
}

void mark(Response& response, Coding coding) {
  response.with("Content-Encoding", std::string(to_string(coding)));
  // Two codings are two representations, and a strong tag may not name both (RFC 9110 §8.8.3.3).
  if (response.etag.ends_with('"') && !response.etag.starts_with("W/"))
    response.etag.insert(response.etag.size() - 1, etag_suffix(coding));
}

/// Takes one of the bodies that came with the answer.
void take_encoded(const AcceptEncoding& accepted, Response& response) {
  std::vector<Coding> offered;
  for (const EncodedBody& body : response.encoded) offered.push_back(body.coding);
  const auto coding = accepted.choose(offered);
  if (!coding) return;
  const auto chosen = std::find_if(response.encoded.begin(), response.encoded.end(),
                                   [&](const EncodedBody& body) { return body.coding == *coding; });
  response.body = chosen->bytes;
  mark(response, *coding);
}

}  // namespace

void add_vary(Response& response, std::string_view name) {
  for (auto& [field, value] : response.fields) {
    if (field != "Vary") continue;
    value.append(", ").append(name);
    return;
  }
  response.with("Vary", std::string(name));
}

void Compression::on_response(Exchange& exchange) {
  Response& response = exchange.response;
  if (!varies(exchange)) return;
  add_vary(response, "Accept-Encoding");
  if (response.body.empty()) return;  // Also 304, which has its tag from what the client holds.
  const AcceptEncoding accepted = AcceptEncoding::of(exchange.request.head.fields);
  if (!response.encoded.empty()) {
    take_encoded(accepted, response);
    return;
  }
  // Without a route, or where it is immediate, this is an I/O thread, which serves others too.
  const bool on_io_thread = exchange.route == nullptr || exchange.route->options.immediate;
  const std::size_t size = response.body.size();
  if (size > (on_io_thread ? kImmediateMax : kSizeMax)) return;
  if (size < kSizeMin && accepted.takes_identity()) return;
  // Brotli first: it is smaller at the same cost.
  const auto coding = accepted.choose({Coding::kBrotli, Coding::kGzip});
  if (!coding) return;
  auto coded = compress(*coding, response.body);
  if (!coded || (coded->size() >= size && accepted.takes_identity())) return;
  response.body = std::move(*coded);
  mark(response, *coding);
}

}  // namespace sotto::http
