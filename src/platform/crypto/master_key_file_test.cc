#include "platform/crypto/master_key_file.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "platform/crypto/internal/key_file_status.h"
#include "platform/runtime/file.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::crypto {
namespace {

using testing::HasSubstr;

class MasterKeyFile : public testing::Test {
 protected:
  Result<KeyRing> open(EncryptedData data = EncryptedData::kNone) {
    return open_master_key_file(path_, data, random_);
  }
  std::string open_reason() {
    const auto ring = open();
    return ring ? "" : ring.error().reason();
  }
  std::string text() const { return runtime::read_file(path_, 1 << 20).value(); }
  void write(const std::string& text) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    ::chmod(path_.c_str(), 0600);
  }
  std::size_t file_count() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()),
                      std::filesystem::directory_iterator()));
  }

  runtime::TempDir folder_;
  const std::filesystem::path path_ = folder_ / "master.key";
  SystemRandom random_;
};

TEST_F(MasterKeyFile, IsMadeAtTheFirstStartAndReadAtTheNext) {
  const KeyId first = open().value().current_id();
  EXPECT_EQ(open().value().current_id(), first);
  EXPECT_EQ(open(EncryptedData::kExists).value().current_id(), first);
  EXPECT_EQ(file_count(), 1U) << "nothing else is left behind";
}

TEST_F(MasterKeyFile, IsForItsOwnerAlone) {
  const mode_t old = ::umask(0);
  ASSERT_TRUE(open());
  ::umask(old);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(MasterKeyFile, TellsAPersonWhatItIs) {
  const KeyId id = open().value().current_id();
  EXPECT_THAT(text(), HasSubstr("MAKE A COPY NOW"));
  EXPECT_THAT(text(), HasSubstr("current " + id.to_string() + " sotto_m_"));
}

TEST_F(MasterKeyFile, IsMadeOnceByStartsAtTheSameTime) {
  std::vector<std::future<KeyId>> starts;
  for (int i = 0; i < 8; ++i)
    starts.push_back(std::async(std::launch::async, [this] {
      SystemRandom random;
      return open_master_key_file(path_, EncryptedData::kNone, random).value().current_id();
    }));
  std::set<KeyId> ids;
  for (auto& start : starts) ids.insert(start.get());
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(file_count(), 1U);
}

TEST_F(MasterKeyFile, IsNotReplacedWhereDataIsEncrypted) {
  const auto ring = open(EncryptedData::kExists);
  EXPECT_EQ(ring.error().reason(), "crypto.master_key_missing");
  EXPECT_THAT(ring.error().message(), HasSubstr(path_.string()));
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(MasterKeyFile, IsRefusedWithAnyCharacterOfAKeyChanged) {
  ASSERT_TRUE(open());
  const std::string whole = text();
  const std::size_t line = whole.find("current ");
  for (std::size_t i = line; i < whole.size() - 1; ++i) {
    std::string changed = whole;
    changed[i] = changed[i] == 'b' ? 'c' : 'b';
    const auto ring = parse_master_key_file(changed);
    ASSERT_FALSE(ring) << i - line;
    EXPECT_EQ(ring.error().reason(), "crypto.master_key_malformed");
    EXPECT_THAT(ring.error().message(), HasSubstr("Line 6 of the master key file"));
  }
}

TEST_F(MasterKeyFile, IsRefusedWithAnyPartOfItsKeyMissing) {
  ASSERT_TRUE(open());
  const std::string whole = text();
  for (std::size_t size = 0; size < whole.size() - 1; ++size)
    EXPECT_FALSE(parse_master_key_file(whole.substr(0, size))) << size;
}

TEST_F(MasterKeyFile, SurvivesWhatEditorsDo) {
  const KeyId id = open().value().current_id();
  std::string changed = "\n# mine\n  ";
  for (const char c : text()) changed += c == '\n' ? std::string(" \t\r\n") : std::string(1, c);
  EXPECT_EQ(parse_master_key_file(changed).value().current_id(), id);
}

struct Malformed {
  const char* name;
  std::string text;
  std::string_view says;
};

class MalformedKeyFiles : public testing::TestWithParam<Malformed> {};

std::string line_of(const char* role, std::uint8_t fill) {
  std::array<std::byte, Key::kSize> bytes{};
  bytes.fill(std::byte{fill});
  std::string hex;
  for (int i = 0; i < 32; ++i)
    hex += "0123456789abcdef"[fill >> 4], hex += "0123456789abcdef"[fill & 15];
  const Key key{std::span<const std::byte, Key::kSize>(bytes)};
  return std::string(role) + ' ' + KeyId::of(key).to_string() + ' ' + hex + '\n';
}

constexpr const char* kTitle = "sotto master keys 1\n";

TEST_P(MalformedKeyFiles, AreRefusedWithWhatIsWrong) {
  const auto ring = parse_master_key_file(GetParam().text);
  ASSERT_FALSE(ring);
  EXPECT_EQ(ring.error().reason(), "crypto.master_key_malformed");
  EXPECT_THAT(ring.error().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Parsed, MalformedKeyFiles,
    testing::Values(
        Malformed{"Empty", "", "no key"}, Malformed{"TitleAlone", kTitle, "no key"},
        Malformed{"AnotherTitle", "sotto master keys 2\n" + line_of("current", 1), "Line 1"},
        Malformed{"NoTitle", line_of("current", 1), "Line 1"},
        Malformed{"OldFirst", kTitle + line_of("old", 1), "Line 2"},
        Malformed{"TwoCurrent", kTitle + line_of("current", 1) + line_of("current", 2), "Line 3"},
        Malformed{"UnknownRole", kTitle + line_of("new", 1), "\"current\" or \"old\""},
        Malformed{"TwoWords", std::string(kTitle) + "current 0011223344556677\n", "three words"},
        Malformed{"FourWords", kTitle + line_of("current", 1).substr(0, 89) + " more\n",
                  "three words"},
        Malformed{"WrongId", kTitle + line_of("current", 1).replace(8, 16, "0011223344556677"),
                  "not that of its key"},
        Malformed{"Binary", std::string("\0\xff\x80\n\0", 5), "Line 1"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(MasterKeyFile, IsRefusedAboveItsSize) {
  ASSERT_TRUE(open());
  const std::string whole = text();
  write(whole + std::string((16 << 10) - whole.size(), '#'));
  EXPECT_EQ(open_reason(), "");
  write(whole + std::string((16 << 10) - whole.size() + 1, '#'));
  EXPECT_EQ(open_reason(), "crypto.master_key_malformed");
}

TEST_F(MasterKeyFile, IsRefusedWhereOthersMayReadOrChangeIt) {
  ASSERT_TRUE(open());
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0666U, 0777U}) {
    ::chmod(path_.c_str(), mode);
    const auto ring = open();
    ASSERT_FALSE(ring) << mode;
    EXPECT_EQ(ring.error().reason(), "crypto.master_key_exposed");
    EXPECT_THAT(ring.error().message(), HasSubstr("chmod 600"));
  }
  ::chmod(path_.c_str(), 0400);
  EXPECT_EQ(open_reason(), "");
}

TEST_F(MasterKeyFile, IsRefusedAsALink) {
  ASSERT_TRUE(open());
  std::filesystem::rename(path_, folder_ / "elsewhere");
  std::filesystem::create_symlink(folder_ / "elsewhere", path_);
  EXPECT_EQ(open_reason(), "crypto.master_key_not_a_file");
  std::filesystem::remove(folder_ / "elsewhere");
  EXPECT_EQ(open_reason(), "crypto.master_key_not_a_file") << "one that leads nowhere";
}

TEST_F(MasterKeyFile, IsRefusedAsAnythingThatIsNoFile) {
  std::filesystem::create_directory(path_);
  EXPECT_EQ(open_reason(), "crypto.master_key_not_a_file");
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(open_reason(), "crypto.master_key_not_a_file");
}

TEST(KeyFileStatus, RefusesAFileOfAnotherUser) {
  struct stat status {};
  status.st_mode = S_IFREG | 0600;
  status.st_uid = 1000;
  EXPECT_TRUE(internal::check_key_file_status(status, 1000, "k"));
  const auto foreign = internal::check_key_file_status(status, 1001, "k");
  EXPECT_EQ(foreign.error().reason(), "crypto.master_key_foreign");
  EXPECT_THAT(foreign.error().message(), HasSubstr("chown 1001 k"));
  EXPECT_FALSE(internal::check_key_file_status(status, 0, "k")) << "root is another user, too";
}

TEST_F(MasterKeyFile, CannotBeMadeWithoutItsFolder) {
  const auto ring =
      open_master_key_file(folder_ / "no" / "master.key", EncryptedData::kNone, random_);
  EXPECT_EQ(ring.error().reason(), "runtime.not_found");
}

TEST_F(MasterKeyFile, Rotates) {
  const KeyRing before = open().value();
  const std::string wrapped = before.wrap(Key::make(random_), "c", random_);
  const KeyRing both = rotate_master_key_file(path_, random_).value();
  EXPECT_NE(both.current_id(), before.current_id());
  EXPECT_EQ(open().value().ids(), both.ids());
  const std::string rewrapped = both.rewrap(wrapped, "c", random_).value();

  const KeyRing after = prune_master_key_file(path_).value();
  EXPECT_EQ(after.current_id(), both.current_id());
  EXPECT_EQ(open().value().ids().size(), 1U);
  EXPECT_TRUE(after.unwrap(rewrapped, "c"));
  EXPECT_EQ(after.unwrap(wrapped, "c").error().reason(), "crypto.key_unknown");

  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(file_count(), 1U);
}

TEST_F(MasterKeyFile, RotatesUpToItsCountOfKeys) {
  ASSERT_TRUE(open());
  for (int count = 2; count <= 64; ++count) ASSERT_TRUE(rotate_master_key_file(path_, random_));
  EXPECT_EQ(open().value().ids().size(), 64U);
  EXPECT_EQ(rotate_master_key_file(path_, random_).error().reason(), "crypto.master_keys_full");
  EXPECT_EQ(open().value().ids().size(), 64U);
  const std::string whole = text();
  EXPECT_FALSE(parse_master_key_file(whole + line_of("old", 1)));
}

TEST_F(MasterKeyFile, IsNotNeededWhereASecretIsGiven) {
  ASSERT_TRUE(open());
  const std::string whole = text();
  const std::string key = whole.substr(whole.find("sotto_m_"));  // With the end of its line.
  EXPECT_EQ(master_keys_from_secret(Secret(key)).value().ids(), open().value().ids());
  const std::string hex(64, '7');
  const KeyRing two = master_keys_from_secret(Secret(hex + ',' + key)).value();
  ASSERT_EQ(two.ids().size(), 2U);
  EXPECT_EQ(two.ids()[1], open().value().current_id());
}

TEST_F(MasterKeyFile, IsNotReplacedByAnythingThatLooksLikeASecret) {
  for (const std::string& text :
       {std::string(), std::string("password"), std::string(63, '7'), std::string(65, '7'),
        std::string(64, 'A'), std::string(64, '7') + ',', ',' + std::string(64, '7'),
        std::string("sotto_m_"), std::string(1'000'000, ',')}) {
    const auto ring = master_keys_from_secret(Secret(text));
    ASSERT_FALSE(ring) << text.substr(0, 100);
    EXPECT_EQ(ring.error().reason(), "crypto.master_key_malformed");
  }
  std::string many(64, '7');
  for (int count = 1; count < 64; ++count) many += ',' + std::string(64, '7');
  EXPECT_TRUE(master_keys_from_secret(Secret(many)));
  EXPECT_FALSE(master_keys_from_secret(Secret(many + ',' + std::string(64, '7'))));
}

}  // namespace
}  // namespace sotto::crypto
