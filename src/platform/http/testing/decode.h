#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto::http {

/// What was coded as Content-Encoding `coding` says, by the decoders that browsers use; as it is
/// for any other. "broken" where they refuse, or where it is larger than `size_max`.
std::string decode(std::string_view coding, std::string_view bytes, std::size_t size_max);

}  // namespace sotto::http
