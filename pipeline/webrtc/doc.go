// Package webrtc answers calls from browsers. A page posts an SDP offer over HTTP (WHIP, one offer and one complete
// answer, no trickling), and a Server turns it into a Leg: Opus both ways, keys, and a data channel for captions. A Leg
// has the methods of a telephone leg, so what answers a phone answers a page.
//
// Sound is 16 kHz mono in frames of 20 ms. Nothing here records, recognises or decides; a Handler does.
package webrtc
