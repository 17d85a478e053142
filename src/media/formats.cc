#include "media/formats.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "media/extent.h"
#include "media/internal/av.h"

namespace sotto::media {
namespace {

// FFmpeg's own beginning and steps: its probes are tuned to say "surely" at these sizes, and take
// an MP3 of a steady tone for something else where they see more of it at once.
constexpr std::size_t kProbeStart = 2048;

// What FFmpeg reads and Sotto does not, by FFmpeg's names.
constexpr std::array<std::string_view, 69> kRefused = {
    // Lists of other files and addresses.
    "hls", "dash", "concat", "imf", "sdp", "rtsp", "rtp", "sap", "webm_dash_manifest", "ffmetadata",
    "vobsub", "msnwctcp", "lavfi", "live_flv",
    // Pictures and text drawn as video.
    "image2", "image2pipe", "alias_pix", "brender_pix", "apng", "gif", "ico", "tty", "bin", "xbin",
    "adf", "idf", "txd", "fits", "cdg", "nc", "svs", "mpjpeg", "mjpeg", "mjpeg_2000", "smjpeg",
    // Subtitles and lyrics.
    "aqtitle", "ass", "dvbsub", "dvbtxt", "jacosub", "lrc", "microdvd", "mpl2", "mpsub", "pjs",
    "realtext", "sami", "scc", "srt", "stl", "subviewer", "subviewer1", "sup", "tedcaptions",
    "vplayer", "webvtt", "mcc", "tiertexseq",
    // Scores that a synthesizer plays, in libraries of their own.
    "libgme", "libopenmpt", "libmodplug",
    // Raw or bare data.
    "data", "rawvideo", "bitpacked", "v210", "v210x", "filmstrip", "yuv4mpegpipe", "redspark"};

// Containers that are decoded as they arrive. Anything else that comes through a pipe is spooled
// first: slower for a rare format, but never wrong.
constexpr std::array<std::string_view, 37> kStreaming = {
    "aac",    "ac3",  "adx",    "aiff", "amr",  "amrnb", "amrwb", "asf", "au",  "avi",
    "caf",    "dts",  "dtshd",  "eac3", "flac", "flv",   "g722",  "gsm", "mlp", "matroska,webm",
    "mp3",    "mpeg", "mpegts", "nut",  "oga",  "ogg",   "oma",   "sbc", "sox", "spdif",
    "truehd", "tta",  "voc",    "w64",  "wav",  "wsd",   "wv"};

// Raw speech formats with one rate and one channel: only the name tells them.
constexpr std::array<std::string_view, 2> kByExtension = {"g722", "gsm"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_refused(const AVInputFormat& demuxer) {
  const std::string_view name(demuxer.name);
  return (demuxer.flags & AVFMT_NOFILE) != 0 || name.ends_with("_pipe") || contains(kRefused, name);
}

/// What a refused file looks like, in words for its owner.
std::string describe(std::span<const std::byte> head, const std::string& extension) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with("PK\x03\x04")) return "This is a zip archive";
  if (text.starts_with("\x1F\x8B")) return "This is a gzip archive";
  if (text.starts_with("%PDF")) return "This is a PDF document";
  if (text.starts_with("\x89PNG") || text.starts_with("\xFF\xD8\xFF") || text.starts_with("GIF8") ||
      text.starts_with("BM") || (text.starts_with("RIFF") && text.find("WEBP") == 8))
    return "This is a picture";
  const bool is_text = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
  });
  if (is_text) return "This is a text file";
  if (extension == "raw" || extension == "pcm" || extension == "sw" || extension == "s16le")
    return "This is a raw file without a header, so its sample rate and format are unknown";
  return "This is not a known audio or video format (a raw file without a header cannot be told "
         "apart from noise)";
}

Failed unsupported(std::span<const std::byte> head, const std::string& extension) {
  return {
      .kind = FailureKind::kUnsupported,
      .message = describe(head.first(std::min(head.size(), std::size_t{4096})), extension) +
                 ". Give an audio or video file, such as WAV, FLAC, MP3, M4A, OGG, WebM or MP4; "
                 "raw samples must be converted to WAV first."};
}

/// The file's beginning, grown piece by piece, with the zeros behind it that probing needs.
class Head {
 public:
  explicit Head(Input& input) : input_(input) {}

  /// False where the input failed.
  bool grow_to(std::size_t size) {
    bytes_.resize(size + AVPROBE_PADDING_SIZE);
    while (!at_end_ && size_ < size) {
      const auto count = input_.read_at(size_, std::span(bytes_).subspan(size_, size - size_));
      if (!count) return false;
      at_end_ = *count == 0;
      size_ += *count;
    }
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.end(), std::byte{0});
    return true;
  }
  std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
  bool at_end() const { return at_end_; }

  const AVInputFormat* probe(int& score) {
    AVProbeData data{};
    data.filename = "";
    data.buf = reinterpret_cast<unsigned char*>(bytes_.data());
    data.buf_size = static_cast<int>(size_);
    return av_probe_input_format3(&data, 1, &score);
  }

 private:
  Input& input_;
  std::vector<std::byte> bytes_;
  std::size_t size_ = 0;
  bool at_end_ = false;
};

Format describe_format(const AVInputFormat* demuxer, bool doubtful,
                       std::span<const std::byte> head) {
  const std::string_view name(demuxer->name);
  const bool is_mp4 = name.starts_with("mov,");
  return {.demuxer = demuxer,
          .doubtful = doubtful,
          .needs_seeking = is_mp4 ? !has_index_in_front(head) : !contains(kStreaming, name),
          .declared_end = declared_end(name, head)};
}

}  // namespace

std::variant<std::monostate, Format, Failed> tell_format(Input& input,
                                                         const std::string& extension) {
  Head head(input);
  for (std::size_t size = kProbeStart;; size = std::min(size * 2, kProbeMax)) {
    if (!head.grow_to(size)) return {};
    if (head.bytes().empty())
      return Failed{.kind = FailureKind::kEmpty,
                    .message = "The file is empty: it holds 0 bytes. Give an audio or video file."};
    const bool is_last = head.at_end() || size == kProbeMax;
    int score = 0;
    const AVInputFormat* demuxer = head.probe(score);
    // A low score may rise with more to look at, so it counts only at the end.
    if (demuxer != nullptr && (score > AVPROBE_SCORE_RETRY || is_last)) {
      if (is_refused(*demuxer)) return unsupported(head.bytes(), extension);
      return describe_format(demuxer, score <= AVPROBE_SCORE_RETRY, head.bytes());
    }
    if (is_last) break;
  }
  if (contains(kByExtension, extension))
    return describe_format(av_find_input_format(extension.c_str()), true, head.bytes());
  return unsupported(head.bytes(), extension);
}

const std::string& allowed_demuxers() {
  static const std::string kNames = [] {
    std::string result;
    void* state = nullptr;
    while (const AVInputFormat* demuxer = av_demuxer_iterate(&state))
      if (!is_refused(*demuxer)) result += std::string(demuxer->name) + ',';
    return result;
  }();
  return kNames;
}

const std::string& allowed_decoders() {
  static const std::string kNames = [] {
    std::string result;
    void* state = nullptr;
    while (const AVCodec* codec = av_codec_iterate(&state))
      if (av_codec_is_decoder(codec) && codec->type == AVMEDIA_TYPE_AUDIO)
        result += std::string(codec->name) + ',';
    return result;
  }();
  return kNames;
}

}  // namespace sotto::media
