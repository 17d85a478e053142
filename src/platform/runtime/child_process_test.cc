#include "platform/runtime/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) is not in <csignal>.
#include <unistd.h>

#include "platform/runtime/file.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::runtime {
namespace {

using namespace std::chrono_literals;

CallContext soon() { return CallContext::with_timeout(1min); }

TEST(ChildProcess, ReportsItsExitStatus) {
  auto child = ChildProcess::start({.arguments = {"sh", "-c", "exit 3"}}).value();
  const ChildExit exit = child.wait(soon()).value();
  EXPECT_EQ(exit.status, 3);
  EXPECT_EQ(exit.describe(), "exit status 3");
  EXPECT_FALSE(exit.success());
}

TEST(ChildProcess, ReportsTheSignalThatKilledIt) {
  auto child = ChildProcess::start({.arguments = {"sleep", "60"}}).value();
  child.kill();
  const ChildExit exit = child.wait(soon()).value();
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_EQ(exit.describe(), "signal 9 (Killed)");
}

TEST(ChildProcess, SaysThatTheProgramIsMissing) {
  const auto child = ChildProcess::start({.arguments = {"sotto-no-such-program"}});
  EXPECT_EQ(child.error().reason(), "runtime.program_missing");
}

TEST(ChildProcess, WaitEndsWithItsContext) {
  auto child = ChildProcess::start({.arguments = {"sleep", "60"}}).value();
  EXPECT_EQ(child.wait(CallContext::with_timeout(5ms)).error().code(),
            ErrorCode::kDeadlineExceeded);
}

TEST(ChildProcess, DiesWithItsOwner) {
  pid_t pid = -1;
  {
    auto child = ChildProcess::start({.arguments = {"sleep", "60"}}).value();
    pid = child.pid();
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(ChildProcess, InheritsOnlyWhatItIsGiven) {
  const TempDir folder;
  const UniqueFd kept(::open((folder / "kept").c_str(), O_CREAT | O_WRONLY, 0600));
  const UniqueFd given(::open((folder / "given").c_str(), O_CREAT | O_WRONLY, 0600));
  // ls itself opens the folder, as the lowest free number: 4.
  const auto result = run_command(
      soon(), {.arguments = {"ls", "/proc/self/fd"}, .descriptors = {given.get()}}, 1000);
  EXPECT_EQ(result.value().output, "0\n1\n2\n3\n4\n");
}

TEST(RunCommand, CollectsOutputUpToItsLimit) {
  EXPECT_EQ(run_command(soon(), {.arguments = {"echo", "a  b;", "$HOME"}}, 100).value().output,
            "a  b; $HOME\n");
  EXPECT_EQ(run_command(soon(), {.arguments = {"echo", "12345"}}, 3).value().output, "123");
}

TEST(RunCommand, PassesFolderAndEnvironment) {
  const TempDir folder;
  const auto result = run_command(soon(),
                                  {.arguments = {"sh", "-c", "pwd; echo $WHO"},
                                   .folder = folder.path(),
                                   .environment = {"WHO=me"}},
                                  1000);
  EXPECT_EQ(result.value().output, folder.path().string() + "\nme\n");
}

TEST(RunCommand, KillsWhatTakesTooLong) {
  const auto result =
      run_command(CallContext::with_timeout(20ms), {.arguments = {"sleep", "60"}}, 100);
  EXPECT_EQ(result.error().code(), ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace sotto::runtime
