#pragma once

namespace sotto::media {

/// Answers StartJob with a process for that file, made by fork from this one (whose libraries are
/// loaded and set up already), and reports how each ends. Returns when the caller has gone; every
/// child dies with this process. `control` is the packet socket of the caller.
///
/// Exit status: 0, or 1 where the system refuses what is needed.
int run_fork_server(int control);

}  // namespace sotto::media
