// Package kokoro speaks English and Mandarin with the Kokoro-82M model through ONNX Runtime. English words become
// phonemes by lexicon and, where that fails, by the espeak-ng program, which runs as a separate process and may be
// missing; Mandarin becomes phonemes through pinyin with tone sandhi.
package kokoro
