// Package parley is the map of the module; it holds no code. Parley answers a company's phone: one call goes through these
// rooms in the order of its data.
//
//	cmd/parley   the one binary: reads configuration, joins the parts, runs. A folder per command under cmd/parley/internal
//	pipeline     one call from ring to wrap-up; beneath it the phone (sip), sound (audio), speech detection (vad),
//	             turn taking (turn), the record of what happened (events), the ONNX Runtime (onnx), the work queue (work)
//	asr          speech to text: asr/whisper on whisper.cpp
//	nlu          what a sentence means: commands, intent, sentiment, redaction; Chinese text in nlu/hanzi
//	knowledge    the approved answers and how they are found
//	assist       what to say: assist/answer; beside it the records, the HTTP API and the pages
//	tts          text to speech: tts/kokoro
//	models       the catalogue of weights: fetch, check, convert, locate
//
// Imports run one way, from cmd down to the leaves; deps_test.go holds the rules and the reason for each.
package parley
