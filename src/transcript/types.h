#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sotto::transcript {

/// Milliseconds from the start of the container's clock; never negative.
using Milliseconds = std::int64_t;

/// One word in time. Engines without word times leave Segment::words empty.
struct Word {
  /// Unique within the transcript and never given again, so that edits and citations keep pointing
  /// at the same word.
  std::uint64_t id = 0;
  std::string text;
  Milliseconds start_ms = 0;
  Milliseconds end_ms = 0;
  /// Probability, 0 to 1.
  std::optional<double> confidence;

  bool operator==(const Word&) const = default;
};

/// A stretch of speech that was recognised as one.
///
/// Invariants, checked by validate(): 0 <= start_ms <= end_ms; the text is UTF-8; the words lie
/// within the segment, in order.
struct Segment {
  Milliseconds start_ms = 0;
  Milliseconds end_ms = 0;
  std::string text;
  /// In time order; empty where the engine gives no word times.
  std::vector<Word> words;
  /// Mean natural-log probability of the tokens, at most 0.
  std::optional<double> confidence;
  /// Speaker::id of who speaks; none where nobody was told apart.
  std::optional<std::string> speaker;
  /// Channel of the source, from 0; none where the channels were mixed.
  std::optional<int> channel;
  /// BCP 47 tag such as "en"; empty where unknown.
  std::string language;

  bool operator==(const Segment&) const = default;
};

/// One row of the speakers table.
struct Speaker {
  /// Stable within the transcript, e.g. "S1".
  std::string id;
  /// What to show; may be empty until somebody names the speaker.
  std::string name;

  bool operator==(const Speaker&) const = default;
};

/// What made a transcript.
struct Provenance {
  std::string model;    ///< Catalogue name, e.g. "moonshine-base".
  std::string engine;   ///< e.g. "onnxruntime".
  std::string version;  ///< Sotto's version.

  bool operator==(const Provenance&) const = default;
};

/// Something about the source that a reader should know, e.g. a damaged frame.
struct Warning {
  std::string reason;   ///< Stable slug, as in spec/errors.json.
  std::string message;  ///< For people.

  bool operator==(const Warning&) const = default;
};

/// The words of one recording in time: what the engine makes, the library keeps, the page shows and
/// the codecs write. A plain value; segments are in order of start_ms.
struct Transcript {
  std::string language;          ///< BCP 47; empty where unknown or mixed.
  Milliseconds duration_ms = 0;  ///< Of the source's audio.
  /// True where the source ended before its own header said: what exists is here.
  bool truncated = false;
  std::vector<Speaker> speakers;
  std::vector<Segment> segments;
  std::vector<Warning> warnings;
  Provenance provenance;

  bool operator==(const Transcript&) const = default;
};

}  // namespace sotto::transcript
