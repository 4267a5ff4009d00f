package webrtc

import (
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits of an offer.
const (
	maxOffer      = 64 << 10 // bytes
	maxMedia      = 4
	maxCandidates = 64
)

// checkOffer refuses what is no offer of one Opus stream, before anything is opened for it.
func checkOffer(offer string) error {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(offer); err != nil {
		return &offerError{"the body is not SDP: " + err.Error()}
	}
	if len(d.MediaDescriptions) > maxMedia {
		return &offerError{"the offer has too many media"}
	}
	sounds, candidates := 0, 0
	for _, m := range d.MediaDescriptions {
		for _, a := range m.Attributes {
			if a.Key == "candidate" {
				candidates++
			}
		}
		switch m.MediaName.Media {
		case "audio":
			sounds++
			if !hasOpus(m) {
				return &offerError{"the offer has no Opus"}
			}
			for _, dir := range []string{"recvonly", "sendonly", "inactive"} {
				if _, ok := m.Attribute(dir); ok {
					return &offerError{"the offer's sound is " + dir + "; a call needs sendrecv"}
				}
			}
		case "application":
		default:
			return &offerError{"the offer asks for " + m.MediaName.Media + "; only sound is answered"}
		}
	}
	switch {
	case sounds != 1:
		return &offerError{"the offer must have exactly one sound stream"}
	case candidates > maxCandidates:
		return &offerError{"the offer has too many candidates"}
	}
	return nil
}

func hasOpus(m *sdp.MediaDescription) bool {
	for _, a := range m.Attributes {
		_, codec, ok := strings.Cut(a.Value, " ")
		if a.Key == "rtpmap" && ok && strings.HasPrefix(strings.ToLower(codec), "opus/48000") {
			return true
		}
	}
	return false
}
