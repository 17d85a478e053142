#include "speech/models/testing/archive_builder.h"

#include <archive.h>
#include <archive_entry.h>
#include <memory>

#include "base/check.h"

namespace sotto::models {
namespace {

struct WriterCloser {
  void operator()(struct archive* writer) const { ::archive_write_free(writer); }
};

la_ssize_t append(struct archive*, void* user, const void* data, std::size_t size) {
  static_cast<std::string*>(user)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

void add(struct archive* writer, const ArchiveMember& member) {
  using Kind = ArchiveMember::Kind;
  const std::unique_ptr<struct archive_entry, decltype(&::archive_entry_free)> entry(
      ::archive_entry_new(), &::archive_entry_free);
  ::archive_entry_set_pathname(entry.get(), member.name.c_str());
  ::archive_entry_set_perm(entry.get(), 0644);
  ::archive_entry_set_filetype(entry.get(), member.kind == Kind::kFolder    ? AE_IFDIR
                                            : member.kind == Kind::kSymlink ? AE_IFLNK
                                                                            : AE_IFREG);
  if (member.kind == Kind::kSymlink)
    ::archive_entry_set_symlink(entry.get(), member.content.c_str());
  if (member.kind == Kind::kHardlink)
    ::archive_entry_set_hardlink(entry.get(), member.content.c_str());
  const bool has_content = member.kind == Kind::kFile;
  ::archive_entry_set_size(entry.get(),
                           has_content ? static_cast<la_int64_t>(member.content.size()) : 0);
  SOTTO_CHECK(::archive_write_header(writer, entry.get()) == ARCHIVE_OK);
  if (has_content && !member.content.empty())
    SOTTO_CHECK(::archive_write_data(writer, member.content.data(), member.content.size()) ==
                static_cast<la_ssize_t>(member.content.size()));
}

std::string finish(struct archive* raw, const std::vector<ArchiveMember>& members) {
  std::string bytes;
  const std::unique_ptr<struct archive, WriterCloser> writer(raw);
  SOTTO_CHECK(::archive_write_open(raw, &bytes, nullptr, &append, nullptr) == ARCHIVE_OK);
  for (const ArchiveMember& member : members) add(raw, member);
  SOTTO_CHECK(::archive_write_close(raw) == ARCHIVE_OK);
  return bytes;
}

}  // namespace

std::string build_tgz(const std::vector<ArchiveMember>& members) {
  struct archive* const writer = ::archive_write_new();
  SOTTO_CHECK(::archive_write_add_filter_gzip(writer) == ARCHIVE_OK);
  SOTTO_CHECK(::archive_write_set_format_pax_restricted(writer) == ARCHIVE_OK);
  return finish(writer, members);
}

std::string build_zip(const std::vector<ArchiveMember>& members) {
  struct archive* const writer = ::archive_write_new();
  SOTTO_CHECK(::archive_write_set_format_zip(writer) == ARCHIVE_OK);
  return finish(writer, members);
}

}  // namespace sotto::models
