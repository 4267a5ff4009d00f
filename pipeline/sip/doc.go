// Package sip is the telephone side of Parley: it answers and places calls by SIP (RFC 3261) over UDP and TCP, agrees
// on a codec, and turns each call into a Leg that is read and written in frames of 20 ms at 16 kHz.
//
// A Server listens; Serve runs it until its context ends and hands every accepted call to a Handler; Dial places calls.
// The types of the SIP and RTP libraries below stay inside this package.
package sip
