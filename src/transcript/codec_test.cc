#include "transcript/codec.h"

#include <gtest/gtest.h>
#include <string>

#include "transcript/testing/sample_transcripts.h"

namespace sotto::transcript {
namespace {

using testing::TranscriptBuilder;

TEST(Format, IsNamedAsFilesEnd) {
  for (const Format format :
       {Format::kTxt, Format::kSrt, Format::kVtt, Format::kTtml, Format::kTsv, Format::kJson})
    EXPECT_EQ(parse_format(to_string(format)).value(), format);
  EXPECT_EQ(parse_format("SRT").value(), Format::kSrt);
}

TEST(Format, SuggestsTheNearestName) {
  const Error error = parse_format("jsn").error();
  EXPECT_EQ(error.reason(), "transcript.unknown_format");
  EXPECT_EQ(error.message(),
            "The format \"jsn\" is unknown; did you mean \"json\"? The formats are txt, srt, vtt, "
            "ttml, tsv, json.");
  EXPECT_EQ(parse_format("docx").error().message(),
            "The format \"docx\" is unknown. The formats are txt, srt, vtt, ttml, tsv, json.");
  EXPECT_FALSE(parse_format(""));
  EXPECT_LT(parse_format(std::string(100'000, 'x')).error().message().size(), 200U);
}

TEST(Writer, PiecesJoinToTheDocument) {
  const Transcript transcript = testing::random_transcript(7, {.may_overlap = true});
  for (const Format format :
       {Format::kTxt, Format::kSrt, Format::kVtt, Format::kTtml, Format::kTsv, Format::kJson}) {
    const auto writer = make_writer(format);
    Transcript head = transcript;
    head.segments.clear();
    std::string text = writer->begin(head);
    for (const Segment& segment : transcript.segments) text += writer->segment(segment);
    text += writer->end(head);
    EXPECT_EQ(text, encode(transcript, format)) << to_string(format);
  }
}

TEST(Writer, GivesTextAtOnceAndCuesOneSegmentLater) {
  const Transcript transcript =
      TranscriptBuilder().segment(0, 1500, "One.").segment(2000, 3500, "Two.").build();
  const auto txt = make_writer(Format::kTxt);
  EXPECT_EQ(txt->begin(transcript), "");
  EXPECT_EQ(txt->segment(transcript.segments[0]), "One.\n");
  const auto srt = make_writer(Format::kSrt);
  EXPECT_EQ(srt->begin(transcript), "");
  EXPECT_EQ(srt->segment(transcript.segments[0]), "");
  EXPECT_EQ(srt->segment(transcript.segments[1]), "1\n00:00:00,000 --> 00:00:01,500\nOne.\n");
  EXPECT_EQ(srt->end(transcript), "\n2\n00:00:02,000 --> 00:00:03,500\nTwo.\n");
}

TEST(Writer, LeavesOutSegmentsWithoutText) {
  const Transcript transcript =
      TranscriptBuilder().segment(0, 1000, "").segment(1000, 2000, " \n\t").build();
  EXPECT_EQ(encode(transcript, Format::kTxt), "");
  EXPECT_EQ(encode(transcript, Format::kSrt), "");
  EXPECT_EQ(encode(transcript, Format::kVtt), "WEBVTT\n");
  EXPECT_EQ(encode(transcript, Format::kTsv), "start\tend\ttext\n");
  EXPECT_EQ(decode_json(encode(transcript, Format::kJson)).value(), transcript);
}

TEST(Writer, RepairsTextThatIsNotUtf8) {
  const Transcript transcript = TranscriptBuilder().segment(0, 2000, "a\xff.").build();
  EXPECT_EQ(encode(transcript, Format::kTxt), "a\ufffd.\n");
  EXPECT_EQ(decode_json(encode(transcript, Format::kJson)).value().segments[0].text, "a\ufffd.");
}

TEST(Writer, ClampsTimesThatNobodyValidated) {
  const Transcript transcript =
      TranscriptBuilder().segment(-500, -100, "One.").segment(900, 100, "Two.").build();
  EXPECT_EQ(encode(transcript, Format::kSrt),
            "1\n00:00:00,000 --> 00:00:00,900\nOne.\n\n2\n00:00:00,900 --> 00:00:01,900\nTwo.\n");
}

TEST(SrtWriter, NamesTheSpeakerWhereItChanges) {
  const Transcript transcript = TranscriptBuilder()
                                    .speaker("S1", "Ann")
                                    .segment(0, 2000, "One.")
                                    .spoken_by("S1")
                                    .segment(2000, 4000, "Two.")
                                    .spoken_by("S1")
                                    .segment(4000, 6000, "Three.")
                                    .segment(6000, 8000, "Four.")
                                    .spoken_by("S1")
                                    .build();
  const std::string text = encode(transcript, Format::kSrt);
  EXPECT_NE(text.find("\nAnn: One.\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nTwo.\n"), std::string::npos);
  EXPECT_NE(text.find("\nThree.\n"), std::string::npos);
  EXPECT_NE(text.find("\nAnn: Four.\n"), std::string::npos);
}

TEST(SrtWriter, ShortensNamesThatWouldFillTheLine) {
  const Transcript transcript = TranscriptBuilder()
                                    .speaker("S1", std::string(500, 'N'))
                                    .segment(0, 2000, "Hello.")
                                    .spoken_by("S1")
                                    .build();
  EXPECT_NE(encode(transcript, Format::kSrt).find('\n' + std::string(18, 'N') + "…: Hello.\n"),
            std::string::npos);
}

TEST(SrtWriter, DisarmsWhatLooksLikeATimingLine) {
  const Transcript transcript =
      TranscriptBuilder().segment(0, 5000, "7\n00:00:01,000 --> 00:00:02,000\n\n8").build();
  const std::string text = encode(transcript, Format::kSrt);
  EXPECT_EQ(text.find("-->"), text.rfind("-->")) << text;
  EXPECT_EQ(decode_srt(text).value().segments.size(), 1U);
}

TEST(TtmlWriter, WritesOnlyXmlCharacters) {
  const Transcript transcript =
      TranscriptBuilder().language("e\"n").segment(0, 2000, "a\x01<\uffff>&\"").build();
  const std::string text = encode(transcript, Format::kTtml);
  EXPECT_NE(text.find("xml:lang=\"e&quot;n\""), std::string::npos);
  EXPECT_NE(text.find(">a&lt;\ufffd&gt;&amp;&quot;<"), std::string::npos) << text;
}

TEST(TsvWriter, KeepsOneRowPerSegment) {
  const Transcript transcript = TranscriptBuilder().segment(5, 2000, "a\tb\nc\r\nd").build();
  EXPECT_EQ(encode(transcript, Format::kTsv), "start\tend\ttext\n5\t2000\ta b c d\n");
}

}  // namespace
}  // namespace sotto::transcript
