#include "platform/http/problem.h"

#include <string>

#include "platform/http/status.h"

namespace sotto::http {

Response problem(const Error& error, std::string_view request_id) {
  const int status = status_of(error);
  wire::Json document{
      {"type", "urn:sotto:error:" + error.reason()},
      {"title", phrase(status)},
      {"status", status},
      {"detail", error.message()},
      {"code", error.reason()},
      {"request_id", request_id},
  };
  Response response = Response::json(document, status);
  response.content_type = "application/problem+json";
  if (status == 503 || status == 429) response.with("Retry-After", "1");
  // RFC 9110 §15.5.22 and RFC 6455 §4.4: what would be right.
  if (status == 426) response.with("Upgrade", "websocket").with("Sec-WebSocket-Version", "13");
  return response;
}

}  // namespace sotto::http
