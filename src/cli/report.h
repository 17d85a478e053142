#pragma once

#include <string_view>

#include "base/error.h"

namespace sotto::cli {

inline constexpr int kExitGood = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInterrupted = 130;  ///< What shells give for a program ended by SIGINT.

/// One line on standard error: "sotto: notes.wav: message (reason)". `subject` may be empty.
void report(std::string_view subject, const Error& error);
/// The same for what is only worth knowing.
void report_warning(std::string_view subject, std::string_view message, std::string_view reason);

/// The exit status that fits an error which ends the program.
int exit_status(const Error& error);

}  // namespace sotto::cli
