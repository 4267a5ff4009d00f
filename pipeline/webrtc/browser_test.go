package webrtc

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// browser is a page's side of a call, made with the same library but none of this package.
type browser struct {
	t        *testing.T
	pc       *pion.PeerConnection
	captions *pion.DataChannel
	opened   chan struct{}
	msgs     chan string
	deaf     *deaf
	base     string
	location string
	stop     chan struct{}
	wg       sync.WaitGroup

	mu     sync.Mutex
	heard  []int16
	closed atomic.Bool
}

// deaf is a socket that can stop to let anything through, as a cable that is pulled does.
type deaf struct {
	net.PacketConn

	cut  atomic.Bool
	luck atomic.Pointer[func() bool] // says which packets of sound are lost; called from one goroutine
}

// lose makes the line lose the packets of sound for which f is true.
func (d *deaf) lose(f func() bool) { d.luck.Store(&f) }

func (d *deaf) WriteTo(p []byte, a net.Addr) (int, error) {
	sound := len(p) > 12 && p[0]>>6 == 2 && p[1]&0x7f == opusPT
	if f := d.luck.Load(); d.cut.Load() || (sound && f != nil && (*f)()) {
		return len(p), nil
	}
	return d.PacketConn.WriteTo(p, a)
}

func (d *deaf) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, a, err := d.PacketConn.ReadFrom(p)
		if err != nil || !d.cut.Load() {
			return n, a, err
		}
	}
}

// newBrowser makes a page with one sound stream and the channel for captions.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, deaf: &deaf{PacketConn: conn}, opened: make(chan struct{}), msgs: make(chan string, 256), stop: make(chan struct{})}
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: b.deaf})
	set := pion.SettingEngine{}
	set.SetICEUDPMux(mux)
	set.SetIncludeLoopbackCandidate(true)
	set.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	set.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	media := &pion.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	if err := media.RegisterCodec(pion.RTPCodecParameters{PayloadType: 110,
		RTPCodecCapability: pion.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 48000}}, pion.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	api := pion.NewAPI(pion.WithSettingEngine(set), pion.WithMediaEngine(media))
	if b.pc, err = api.NewPeerConnection(pion.Configuration{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.close()
		_ = mux.Close()
		_ = conn.Close()
		b.wg.Wait()
	})
	b.pc.OnTrack(func(tr *pion.TrackRemote, _ *pion.RTPReceiver) { b.listen(tr) })
	if b.captions, err = b.pc.CreateDataChannel(Captions, nil); err != nil {
		t.Fatal(err)
	}
	b.captions.OnOpen(func() { close(b.opened) })
	b.captions.OnMessage(func(m pion.DataChannelMessage) { b.msgs <- string(m.Data) })
	return b
}

// speak sends frames of a sine of 440 Hz until the call is closed.
func (b *browser) speak() {
	b.t.Helper()
	track, err := pion.NewTrackLocalStaticRTP(pion.RTPCodecCapability{MimeType: pion.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "page")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err = b.pc.AddTrack(track); err != nil {
		b.t.Fatal(err)
	}
	enc, err := audio.NewEncoder("opus")
	if err != nil {
		b.t.Skip("needs Opus: ", err)
	}
	tone := audio.Resample(audio.Sine(440, -15, time.Second), audio.Rate, 48000)
	// Ends with close.
	b.wg.Go(func() {
		tk := time.NewTicker(20 * time.Millisecond)
		defer tk.Stop()
		for i := 0; ; i++ {
			select {
			case <-b.stop:
				return
			case <-tk.C:
			}
			at := i * 960 % 48000
			payload, err := enc.Encode(nil, tone[at:at+960])
			if err != nil {
				b.t.Error(err)
				return
			}
			_ = track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(65500 + i), Timestamp: uint32(i) * 960}, Payload: payload})
		}
	})
}

func (b *browser) listen(tr *pion.TrackRemote) {
	b.wg.Add(1)
	defer b.wg.Done()
	dec, err := audio.NewDecoder("opus")
	if err != nil {
		b.t.Error(err)
		return
	}
	rs := audio.NewResampler(48000, audio.Rate)
	for {
		p, _, err := tr.ReadRTP()
		if err != nil {
			return
		}
		pcm, err := dec.Decode(nil, p.Payload)
		if err != nil {
			b.t.Error(err)
			return
		}
		b.mu.Lock()
		b.heard = rs.Process(b.heard, pcm)
		b.mu.Unlock()
	}
}

// offer returns a complete offer.
func (b *browser) offer() string {
	b.t.Helper()
	o, err := b.pc.CreateOffer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	done := pion.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(o); err != nil {
		b.t.Fatal(err)
	}
	<-done
	return b.pc.LocalDescription().SDP
}

// call posts the offer and takes the answer.
func (b *browser) call(base, line string) reply {
	b.t.Helper()
	res, body := post(b.t, base+"/whip/"+line, b.offer(), nil)
	if res.StatusCode == http.StatusCreated {
		b.base, b.location = base, res.Header.Get("Location")
		if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: body}); err != nil {
			b.t.Fatal(err)
		}
	}
	return res
}

func (b *browser) close() {
	if b.closed.CompareAndSwap(false, true) {
		close(b.stop)
		_ = b.pc.GracefulClose()
	}
}

func post(t *testing.T, url, body string, header http.Header) (reply, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/sdp")
	maps.Copy(req.Header, header)
	return do(t, req)
}

// reply is a response whose body has been read.
type reply struct {
	StatusCode int
	Status     string
	Header     http.Header
}

func do(t *testing.T, req *http.Request) (reply, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Status, res.Header}, string(body)
}

// await fails the test when ch says nothing for ten seconds.
func await[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not happen within 10 s", what)
		panic("not reached")
	}
}

func serveHTTP(t *testing.T, s *Server) string {
	t.Helper()
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web.URL
}

// freePort returns an address of a UDP port that was free a moment ago, on all addresses.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := pipelinetest.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strconv.Itoa(port)
}
