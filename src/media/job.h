#pragma once

namespace sotto::media {

/// Serves the one file whose caller is at the other end of `socket`, then returns. Runs in a
/// process of its own and opens nothing.
void serve_job(int socket);

}  // namespace sotto::media
