// The peer to beat: sherpa-onnx on the same Moonshine weights, one utterance after the other.
//
// usage: node sherpa.mjs NODE_MODULES MODEL_DIR TOKENS THREADS < list-of-files
//
// Prints a line of JSON a file, {"file", "text"}, and last {"audio_s", "compute_s"}: the time counts
// recognition alone; start, loading and decoding of files are the peer's for free.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';

const [modules, model, tokens, threads] = process.argv.slice(2);
const sherpa = createRequire(modules + '/')('sherpa-onnx-node');
const recognizer = new sherpa.OfflineRecognizer({
  featConfig: { sampleRate: 16000, featureDim: 80 },
  modelConfig: {
    moonshine: {
      encoder: `${model}/encoder_model.onnx`,
      mergedDecoder: `${model}/decoder_model_merged.onnx`,
    },
    tokens,
    numThreads: Number(threads),
    provider: 'cpu',
    debug: 0,
  },
});

function decodeFile(file) {
  const arguments_ = ['-v', 'error', '-i', file, '-ar', '16000', '-ac', '1', '-f', 'f32le', '-'];
  const raw = execFileSync('ffmpeg', arguments_, { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~3)));
}

let audioSeconds = 0;
let computeSeconds = 0;
for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const samples = decodeFile(file);
  const begin = process.hrtime.bigint();
  const stream = recognizer.createStream();
  stream.acceptWaveform({ sampleRate: 16000, samples });
  recognizer.decode(stream);
  const { text } = recognizer.getResult(stream);
  computeSeconds += Number(process.hrtime.bigint() - begin) / 1e9;
  audioSeconds += samples.length / 16000;
  console.log(JSON.stringify({ file, text }));
}
console.log(JSON.stringify({ audio_s: audioSeconds, compute_s: computeSeconds }));
