//go:build !cgo

package audio

import "errors"

var errNoOpus = errors.New("this build has no Opus: build with CGO_ENABLED=1 and libopus installed")

func newOpusEncoder() (Encoder, error) { return nil, errNoOpus }

func newOpusDecoder() (Decoder, error) { return nil, errNoOpus }
