#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "transcript/codec.h"

namespace sotto::transcript::internal {

/// One per format, each in its own file.
std::unique_ptr<Writer> make_txt_writer();
std::unique_ptr<Writer> make_tsv_writer();
std::unique_ptr<Writer> make_json_writer();
std::unique_ptr<Writer> make_srt_writer(const SubtitleOptions& options);
std::unique_ptr<Writer> make_vtt_writer(const SubtitleOptions& options);
std::unique_ptr<Writer> make_ttml_writer(const SubtitleOptions& options);

/// What the subtitle formats share: the layout, and the names of the speakers. They add how the
/// document starts, what a cue looks like and how it ends.
class CueWriter : public Writer {
 public:
  explicit CueWriter(const SubtitleOptions& options) : layout_(options) {}

  std::string begin(const Transcript& head) final;
  std::string segment(const Segment& segment) final;
  std::string end(const Transcript& tail) final;

 protected:
  /// What to show for a speaker, on one line: the name, else the id.
  std::string speaker_name(const std::string& id) const;

 private:
  virtual std::string header(const Transcript& head) = 0;
  virtual std::string cue(const Cue& cue) = 0;
  virtual std::string footer() = 0;
  /// Code points that the format puts in front of a cue's first line.
  virtual std::size_t label_length(const Segment& segment) const = 0;

  std::string write(const std::vector<Cue>& cues);

  CueLayout layout_;
  std::unordered_map<std::string, std::string> names_;  // By speaker id.
};

/// The text with every occurrence of each `from` replaced by its `to`, in one pass.
std::string replaced(std::string_view text,
                     const std::vector<std::pair<std::string_view, std::string_view>>& pairs);

}  // namespace sotto::transcript::internal
