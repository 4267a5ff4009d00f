package audio

import "math"

// concealer makes up sound for lost packets of a waveform codec: it repeats the last pitch period of what was heard,
// fades it out, and blends the first sound after the gap into it.
type concealer struct {
	rate    int
	hist    []int16 // the last 45 ms that were played, oldest first
	period  int     // samples in the repeated period, 0 outside a gap
	cycle   []int16 // the repeated period
	at      int     // next sample of cycle
	lost    int     // samples made up in this gap
	blended []int16 // scratch
}

func newConcealer(rate int) *concealer {
	return &concealer{
		rate:    rate,
		hist:    make([]int16, rate*45/1000),
		cycle:   make([]int16, 0, rate*15/1000+1),
		blended: make([]int16, rate*5/1000),
	}
}

// heard takes the decoded samples of a packet that came, and after a gap blends their start, in place.
func (c *concealer) heard(pcm []int16) {
	if len(pcm) == 0 {
		return
	}
	if c.period > 0 {
		n := min(len(c.blended), len(pcm))
		c.make(c.blended[:n])
		for i := range n {
			w := int(pcm[i])*(i+1) + int(c.blended[i])*(n-i)
			pcm[i] = int16(w / (n + 1))
		}
		c.period = 0
	}
	c.remember(pcm)
}

// conceal appends n made-up samples to dst.
func (c *concealer) conceal(dst []int16, n int) []int16 {
	if n <= 0 {
		return dst
	}
	if c.period == 0 {
		c.start()
	}
	dst, room := extend(dst, n)
	c.make(room)
	c.remember(room)
	return dst
}

// start finds the period to repeat. Its end is faded over into the sound before its start, so that the seam of every
// repetition is smooth.
func (c *concealer) start() {
	c.period, c.at, c.lost = c.pitch(), 0, 0
	p, h := c.period, len(c.hist)
	c.cycle = append(c.cycle[:0], c.hist[h-p:]...)
	n := p / 4
	for i := range n {
		before := int(c.hist[h-p-n+i])
		k := p - n + i
		c.cycle[k] = int16((int(c.cycle[k])*(n-i) + before*(i+1)) / (n + 1))
	}
}

// make fills out with the repeated period: in full for 10 ms, then falling to nothing at 60 ms.
func (c *concealer) make(out []int16) {
	full, end := c.rate/100, c.rate*60/1000
	for i := range out {
		s := int(c.cycle[c.at])
		if c.at++; c.at == c.period {
			c.at = 0
		}
		switch {
		case c.lost >= end:
			s = 0
		case c.lost > full:
			s = s * (end - c.lost) / (end - full)
		}
		c.lost++
		out[i] = int16(s)
	}
}

func (c *concealer) remember(pcm []int16) {
	if n := len(c.hist); len(pcm) >= n {
		copy(c.hist, pcm[len(pcm)-n:])
		return
	}
	copy(c.hist, c.hist[len(pcm):])
	copy(c.hist[len(c.hist)-len(pcm):], pcm)
}

// pitch returns the lag between 5 and 15 ms (66 to 200 Hz; higher voices repeat several periods) at which the last
// 20 ms look most like what came before.
func (c *concealer) pitch() int {
	lo, hi := c.rate*5/1000, c.rate*15/1000
	step := c.rate / 8000 // look at every 1/8000 s; enough to find the lag
	recent := c.hist[len(c.hist)-c.rate*20/1000:]
	best, bestScore := hi, math.Inf(-1)
	for lag := lo; lag <= hi; lag++ {
		past := c.hist[len(c.hist)-len(recent)-lag:]
		var dot, energy float64
		for i := 0; i < len(recent); i += step {
			a, b := float64(recent[i]), float64(past[i])
			dot += a * b
			energy += b * b
		}
		if score := dot / math.Sqrt(energy+1); score > bestScore {
			best, bestScore = lag, score
		}
	}
	return best
}
