#include <gtest/gtest.h>
#include <string>

#include "base/text.h"
#include "transcript/codec.h"
#include "transcript/internal/unicode.h"
#include "transcript/testing/sample_transcripts.h"
#include "transcript/validate.h"

namespace sotto::transcript {
namespace {

using testing::TranscriptBuilder;

// --- JSON ---

TEST(DecodeJson, GivesBackEveryField) {
  const Transcript transcript = testing::full_transcript();
  const Result<Transcript> decoded = decode_json(encode(transcript, Format::kJson));
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_EQ(decoded.value(), transcript);
}

TEST(DecodeJson, GivesBackRandomTranscripts) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Transcript transcript =
        testing::random_transcript(seed, {.may_overlap = true, .has_cjk = true});
    const Result<Transcript> decoded = decode_json(encode(transcript, Format::kJson));
    ASSERT_TRUE(decoded) << "seed " << seed << ": " << decoded.error().describe();
    EXPECT_EQ(decoded.value(), transcript) << "seed " << seed;
  }
}

TEST(DecodeJson, NeedsLittleAndSkipsWhatItDoesNotKnow) {
  const Result<Transcript> decoded = decode_json(
      R"({"version":1,"new":{"x":[1]},"segments":[{"text":"a","start_ms":1,"end_ms":2,"y":null}]})");
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_EQ(decoded->segments, TranscriptBuilder().segment(1, 2, "a").build().segments);
}

struct BadCase {
  std::string_view text;
  std::string_view reason;
  std::string_view said;
};

TEST(DecodeJson, RefusesWithPlaceAndRule) {
  constexpr BadCase kCases[] = {
      {"", "wire.json_malformed", "byte"},
      {"[]", "wire.json_field_invalid", "must be an object"},
      {"{}", "wire.json_field_invalid", "version"},
      {R"({"version":2,"segments":[]})", "transcript.version_unsupported", "version 2"},
      {R"({"version":1})", "wire.json_field_invalid", "segments must be an array"},
      {R"({"version":1,"segments":[7]})", "wire.json_field_invalid", "segments[0] must be"},
      {R"({"version":1,"segments":[{"text":"a","start_ms":-1,"end_ms":2}]})",
       "wire.json_field_invalid", "segments[0].start_ms"},
      {R"({"version":1,"segments":[{"text":"a","start_ms":0.5,"end_ms":2}]})",
       "wire.json_field_invalid", "segments[0].start_ms"},
      {R"({"version":1,"segments":[{"start_ms":1,"end_ms":2}]})", "wire.json_field_invalid",
       "segments[0].text"},
      {R"({"version":1,"segments":[{"text":"a","start_ms":0,"end_ms":9,"words":[{"id":-1}]}]})",
       "wire.json_field_invalid", "segments[0].words[0].id"},
      {R"({"version":1,"segments":[{"text":"a","start_ms":3,"end_ms":2}]})", "transcript.invalid",
       "segments[0]"},
      {R"({"version":1,"segments":[],"speakers":[{"name":"x"}]})", "wire.json_field_invalid",
       "speakers[0].id"},
      {R"({"version":1,"segments":[],"warnings":[{}]})", "wire.json_field_invalid",
       "warnings[0].reason"},
      {R"({"version":1,"segments":[],"provenance":[]})", "wire.json_field_invalid", "provenance"},
  };
  for (const BadCase& bad : kCases) {
    SCOPED_TRACE(bad.text);
    const Result<Transcript> decoded = decode_json(bad.text);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason(), bad.reason);
    EXPECT_NE(decoded.error().message().find(bad.said), std::string::npos)
        << decoded.error().message();
  }
}

TEST(DecodeJson, BoundsSegmentsAndBytes) {
  const Transcript three =
      TranscriptBuilder().segment(0, 1, "a").segment(1, 2, "b").segment(2, 3, "c").build();
  const std::string text = encode(three, Format::kJson);
  EXPECT_TRUE(decode_json(text, {.segments_max = 3}));
  EXPECT_EQ(decode_json(text, {.segments_max = 2}).error().reason(), "transcript.too_large");
  EXPECT_TRUE(decode_json(text, {.bytes_max = text.size()}));
  EXPECT_EQ(decode_json(text, {.bytes_max = text.size() - 1}).error().reason(),
            "wire.json_too_large");
}

// --- SRT ---

TEST(DecodeSrt, ReadsAPlainFile) {
  const Result<Transcript> decoded = decode_srt(
      "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere.\n\n2\n100:00:03,000 --> "
      "100:00:04,000\nBye.\n");
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_EQ(decoded.value(), TranscriptBuilder()
                                 .segment(1000, 2500, "Hello there.")
                                 .segment(360'003'000, 360'004'000, "Bye.")
                                 .build());
}

TEST(DecodeSrt, TakesFilesAsFoundInTheWild) {
  const std::string plain =
      "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n";
  const Transcript wanted =
      TranscriptBuilder().segment(1000, 2000, "A").segment(3000, 4000, "B").build();
  std::string crlf;
  std::string cr;
  for (const char c : plain) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
    cr += c == '\n' ? '\r' : c;
  }
  const std::pair<const char*, std::string> variants[] = {
      {"plain", plain},
      {"byte order mark", "\xef\xbb\xbf" + plain},
      {"CRLF", crlf},
      {"CR", cr},
      {"leading blank lines", "\n\n" + plain},
      {"no numbers", "00:00:01.000 --> 00:00:02.000\nA\n\n00:00:03.000 --> 00:00:04.000\nB"},
      {"no blank line between",
       "1\n00:00:01,000 --> 00:00:02,000\nA\n2\n00:00:03,000 --> 00:00:04,000\nB\n"},
      {"many blank lines",
       "1\n00:00:01,000 --> 00:00:02,000\nA\n\n \n\t\n2\n00:00:03,000 --> 00:00:04,000\nB\n\n\n"},
      {"coordinates",
       "1\n00:00:01,000 --> 00:00:02,000 X1:1 X2:2\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n"},
      {"tags",
       "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<I>A</I>\n\n2\n00:00:03,000 --> "
       "00:00:04,000\n<font color=\"#fff\">B</font>\n"},
      {"out of order",
       "1\n00:00:03,000 --> 00:00:04,000\nB\n\n2\n00:00:01,000 --> 00:00:02,000\nA\n"},
      {"a cue without text", plain + "\n3\n00:00:05,000 --> 00:00:06,000\n\n"},
  };
  for (const auto& [name, text] : variants) {
    SCOPED_TRACE(name);
    const Result<Transcript> decoded = decode_srt(text);
    ASSERT_TRUE(decoded) << decoded.error().describe();
    EXPECT_EQ(decoded.value(), wanted);
  }
}

TEST(DecodeSrt, KeepsTextThatOnlyLooksLikeMarkup) {
  const Result<Transcript> decoded = decode_srt(
      "1\n00:00:01,000 --> 00:00:02,000\na < b & {c} <bold> <i\n42\n\n1984\n\nBig Brother\n");
  ASSERT_TRUE(decoded) << decoded.error().describe();
  ASSERT_EQ(decoded->segments.size(), 1U);
  EXPECT_EQ(decoded->segments[0].text, "a < b & {c} <bold> <i 42 1984 Big Brother");
}

TEST(DecodeSrt, AcceptsAnEmptyFile) {
  EXPECT_EQ(decode_srt("").value(), Transcript{});
  EXPECT_EQ(decode_srt("\r\n \n").value(), Transcript{});
}

TEST(DecodeSrt, RefusesWithTheLine) {
  constexpr BadCase kCases[] = {
      {"Hello\n", "transcript.srt_malformed", "Line 1 "},
      {"1\nHello\n", "transcript.srt_malformed", "Line 2 "},
      {"1\n00:00:01,000 -> 00:00:02,000\nA\n", "transcript.srt_malformed", "Line 2 "},
      {"1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 --> later\nB\n",
       "transcript.srt_malformed", "Line 6 "},
      {"1\r\n00:00:03,000 --> 00:00:02,000\r\nA\r\n", "transcript.srt_malformed",
       "Line 2 of the SRT ends before it starts"},
      {"1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 -> 00:00:04,000\nB\n",
       "transcript.srt_malformed", "Line 6 "},
      {"1\n00:00:01,000 --> 00:00:02,000\n\xe4\n", "transcript.not_utf8", "Line 3 "},
      {"\xff\xfe"
       "1",
       "transcript.not_utf8", "UTF-16"},
  };
  for (const BadCase& bad : kCases) {
    SCOPED_TRACE(bad.text);
    const Result<Transcript> decoded = decode_srt(bad.text);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason(), bad.reason);
    EXPECT_NE(decoded.error().message().find(bad.said), std::string::npos)
        << decoded.error().message();
  }
}

TEST(DecodeSrt, BoundsCuesAndBytes) {
  const std::string text =
      "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n";
  EXPECT_TRUE(decode_srt(text, {.bytes_max = text.size(), .segments_max = 2}));
  EXPECT_EQ(decode_srt(text, {.segments_max = 1}).error().reason(), "transcript.too_large");
  EXPECT_EQ(decode_srt(text, {.bytes_max = text.size() - 1}).error().reason(),
            "transcript.too_large");
}

// --- VTT ---

TEST(DecodeVtt, ReadsAFileWithEverything) {
  const Result<Transcript> decoded = decode_vtt(
      "\xef\xbb\xbfWEBVTT - a title\r\nKind: captions\r\n\r\n"
      "STYLE\r\n::cue { color: red }\r\n\r\n"
      "NOTE this --\r\nis a comment\r\n\r\n"
      "REGION\r\nid:fred\r\n\r\n"
      "intro\r\n00:01.000 --> 00:02.000 align:start position:10%\r\n"
      "<v.loud Ann &amp; Co>Hello <b>there</b>,<00:00:01.500> "
      "<c.x>you</c>\r\n&lt;two&gt;&nbsp;&#x41;&#66;\r\n\r\n"
      "100:00:03.000 --> 100:00:04.000\r\n<v Bob>Hi.</v> <v Ann &amp; Co>Ha &unknown; & so.\r\n");
  ASSERT_TRUE(decoded) << decoded.error().describe();
  const Transcript wanted = TranscriptBuilder()
                                .speaker("S1", "Ann & Co")
                                .speaker("S2", "Bob")
                                .segment(1000, 2000, "Hello there, you <two>\u00a0AB")
                                .spoken_by("S1")
                                .segment(360'003'000, 360'004'000, "Hi.")
                                .spoken_by("S2")
                                .segment(360'003'000, 360'004'000, "Ha &unknown; & so.")
                                .spoken_by("S1")
                                .build();
  EXPECT_EQ(decoded.value(), wanted);
}

TEST(DecodeVtt, TakesTheShortestFiles) {
  EXPECT_EQ(decode_vtt("WEBVTT").value(), Transcript{});
  EXPECT_EQ(decode_vtt("WEBVTT\n00:01.000 --> 00:02.000\nA").value(),
            TranscriptBuilder().segment(1000, 2000, "A").build());
}

TEST(DecodeVtt, IgnoresEntitiesThatNameNoCharacter) {
  EXPECT_EQ(decode_vtt("WEBVTT\n\n00:01.000 --> 00:02.000\n&#0; &#xd800; &#x110000; &#; &#x; &amp")
                .value()
                .segments[0]
                .text,
            "&#0; &#xd800; &#x110000; &#; &#x; &amp");
}

TEST(DecodeVtt, RefusesWithTheLine) {
  constexpr BadCase kCases[] = {
      {"", "transcript.vtt_malformed", "must be WEBVTT"},
      {"WEBVTTx\n", "transcript.vtt_malformed", "Line 1 "},
      {"1\n00:01.000 --> 00:02.000\nA", "transcript.vtt_malformed", "Line 1 "},
      {"WEBVTT\n\nid\nA", "transcript.vtt_malformed", "Line 4 "},
      {"WEBVTT\n\nid", "transcript.vtt_malformed", "Line 3 "},
      {"WEBVTT\n\n00:01.000 --> x\nA", "transcript.vtt_malformed", "Line 3 "},
      {"WEBVTT\n\n00:02.000 --> 00:01.000\nA", "transcript.vtt_malformed", "ends before"},
      {"WEBVTT\n\n\xff", "transcript.not_utf8", "Line 3 "},
  };
  for (const BadCase& bad : kCases) {
    SCOPED_TRACE(bad.text);
    const Result<Transcript> decoded = decode_vtt(bad.text);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason(), bad.reason);
    EXPECT_NE(decoded.error().message().find(bad.said), std::string::npos)
        << decoded.error().message();
  }
}

TEST(DecodeVtt, BoundsVoicesInOneCue) {
  std::string text = "WEBVTT\n\n00:01.000 --> 00:02.000\n";
  for (int i = 0; i < 3; ++i) text += "<v A>x</v>";
  EXPECT_TRUE(decode_vtt(text, {.segments_max = 3}));
  EXPECT_EQ(decode_vtt(text, {.segments_max = 2}).error().reason(), "transcript.too_large");
}

// --- Round trips of subtitles ---

std::string all_text(const Transcript& transcript) {
  std::string text;
  for (const Segment& segment : transcript.segments) text += internal::one_line(segment.text) + ' ';
  return internal::one_line(text);
}

TEST(SubtitleRoundTrip, KeepsTextTimesAndSpeakers) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Transcript transcript = testing::random_transcript(seed);
    const Result<Transcript> vtt = decode_vtt(encode(transcript, Format::kVtt));
    ASSERT_TRUE(vtt) << vtt.error().describe();
    EXPECT_TRUE(validate(vtt.value()));
    EXPECT_EQ(all_text(vtt.value()), all_text(transcript));
    const std::vector<Cue> cues = layout(transcript);
    ASSERT_EQ(vtt->segments.size(), cues.size());
    for (std::size_t i = 0; i < cues.size(); ++i) {
      EXPECT_EQ(vtt->segments[i].start_ms, cues[i].start_ms);
      EXPECT_EQ(vtt->segments[i].end_ms, cues[i].end_ms);
      EXPECT_EQ(vtt->segments[i].speaker.has_value(), cues[i].speaker.has_value());
    }
    for (Segment& segment : transcript.segments) segment.speaker.reset();
    const Result<Transcript> srt = decode_srt(encode(transcript, Format::kSrt));
    ASSERT_TRUE(srt) << srt.error().describe();
    EXPECT_EQ(all_text(srt.value()), all_text(transcript));
  }
}

TEST(SubtitleRoundTrip, KeepsCjkTextWithoutSpaces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "漢字";
  const Transcript transcript = TranscriptBuilder().segment(0, 60'000, text).build();
  std::string joined;
  const Transcript decoded = decode_srt(encode(transcript, Format::kSrt)).value();
  for (const Segment& segment : decoded.segments) joined += segment.text;
  EXPECT_EQ(joined, text);
}

TEST(SubtitleRoundTrip, SettlesAfterTheFirst) {
  // Cues that were laid out once are segments that fit: laying them out again changes nothing.
  const std::string once = encode(testing::random_transcript(3), Format::kVtt);
  const std::string twice = encode(decode_vtt(once).value(), Format::kVtt);
  EXPECT_EQ(encode(decode_vtt(twice).value(), Format::kVtt), twice);
}

}  // namespace
}  // namespace sotto::transcript
