package webrtc

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Headset is the browser's half of a call on this machine, without a browser: it sends what it is given to say and keeps
// what it hears. Tests and measurements use it. Its methods may be called from any goroutine.
type Headset struct {
	pc    *pion.PeerConnection
	track *pion.TrackLocalStaticRTP
	in    *inbound
	out   *outbound
	stop  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup

	mu    sync.Mutex
	queue []int16
	heard []int16
}

// NewHeadset returns a headset that is silent and not connected. It must be closed.
func NewHeadset() (*Headset, error) {
	set := pion.SettingEngine{}
	set.SetIncludeLoopbackCandidate(true)
	set.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	set.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	media := &pion.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("open headset: %w", err)
	}
	pc, err := pion.NewAPI(pion.WithSettingEngine(set), pion.WithMediaEngine(media)).NewPeerConnection(pion.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("open headset: %w", err)
	}
	h := &Headset{pc: pc, stop: make(chan struct{})}
	if err := h.wire(); err != nil {
		_ = pc.Close()
		return nil, fmt.Errorf("open headset: %w", err)
	}
	h.wg.Go(h.run) // ends with Close
	return h, nil
}

func (h *Headset) wire() (err error) {
	if h.in, err = newInbound(); err != nil {
		return err
	}
	if h.out, err = newOutbound(); err != nil {
		return err
	}
	opus := pion.RTPCodecCapability{MimeType: pion.MimeTypeOpus, ClockRate: opusClock, Channels: 2}
	if h.track, err = pion.NewTrackLocalStaticRTP(opus, "mic", "page"); err != nil {
		return err
	}
	if _, err = h.pc.AddTrack(h.track); err != nil {
		return err
	}
	h.pc.OnTrack(func(t *pion.TrackRemote, _ *pion.RTPReceiver) {
		for { // ends when the connection is closed
			p, _, err := t.ReadRTP()
			if err != nil {
				return
			}
			h.in.push(&p.Header, p.Payload, time.Now())
		}
	})
	return nil
}

// run sends and hears 20 ms at a time.
func (h *Headset) run() {
	tk := time.NewTicker(tick)
	defer tk.Stop()
	var say, hear [audio.FrameLen]int16
	for {
		select {
		case <-h.stop:
			return
		case now := <-tk.C:
			clear(say[:])
			h.mu.Lock()
			h.queue = h.queue[copy(say[:], h.queue):]
			h.mu.Unlock()
			_ = h.out.write(say[:], now, func(p *rtp.Packet) error { _ = h.track.WriteRTP(p); return nil }) // not connected yet: lost
			h.in.frame(hear[:], now)
			h.mu.Lock()
			h.heard = append(h.heard, hear[:]...)
			h.mu.Unlock()
		}
	}
}

// Offer returns a complete offer.
func (h *Headset) Offer() (string, error) {
	o, err := h.pc.CreateOffer(nil)
	if err != nil {
		return "", fmt.Errorf("make offer: %w", err)
	}
	done := pion.GatheringCompletePromise(h.pc)
	if err := h.pc.SetLocalDescription(o); err != nil {
		return "", fmt.Errorf("make offer: %w", err)
	}
	<-done
	return h.pc.LocalDescription().SDP, nil
}

// Answer takes the answer to the offer.
func (h *Headset) Answer(sdp string) error {
	if err := h.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: sdp}); err != nil {
		return fmt.Errorf("take answer: %w", err)
	}
	return nil
}

// Say queues sound at audio.Rate, which it copies.
func (h *Headset) Say(pcm []int16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, pcm...)
}

// Heard returns a copy of what was heard so far, at audio.Rate.
func (h *Headset) Heard() []int16 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]int16(nil), h.heard...)
}

// Close hangs up. It may be called more than once.
func (h *Headset) Close() error {
	h.once.Do(func() { close(h.stop) })
	h.wg.Wait()
	return h.pc.GracefulClose()
}
