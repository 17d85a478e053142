#pragma once

#include <string>

#include "base/error.h"
#include "media/protocol/messages.h"

namespace sotto::media {

/// The error behind a failure that a decoder reported: its code and its reason in spec/errors.json.
Error to_error(const Failed& failed);

}  // namespace sotto::media
