// Package turn decides who has the floor. It is a pure state machine: voice probabilities, what speculation has found
// out and whether the bot is speaking go in with their time on the call's clock; decisions with reasons come out. It
// holds no clock, no goroutine and no sound, so the same input always gives the same decisions.
package turn

import "time"

type state int

const (
	quiet    state = iota // nobody speaks, or the bot does
	speaking              // the caller speaks
	paused                // the caller has stopped, perhaps for good
)

// Machine is the state of one leg. It is used by one goroutine.
type Machine struct {
	cfg   Config
	state state
	now   time.Duration

	rising  time.Duration // voiced time while quiet
	from    time.Duration // beginning of the turn, pre-roll included
	silence time.Duration // when the present pause began
	voiced  time.Duration // voiced time of the turn

	speculated bool          // Speculate was issued for the present pause, or for a hush that may become one
	asked      time.Duration // when it was
	verdict    Verdict
	judged     bool // verdict belongs to what was speculated on

	free     time.Duration // when the last turn, or the bot's last words, ended
	bot      bool          // the bot is speaking
	overlap  bool          // this turn began over the bot and has not won the floor
	ducked   bool
	over     time.Duration // voiced time over the bot
	peeked   time.Duration // value of over, or of voiced, at the last peek
	prevFrom time.Duration // beginning of the last ended turn while no reply has begun, else -1
	ended    time.Duration // when that turn ended
}

// New returns a machine with cfg, zero values replaced by defaults.
func New(cfg Config) *Machine {
	cfg.fill()
	return &Machine{cfg: cfg, prevFrom: -1}
}

// Prob takes the voice probability of the window that ends at time at and lasts step.
func (m *Machine) Prob(at, step time.Duration, p float32) []Decision {
	m.now = at
	var out []Decision
	switch m.state {
	case quiet:
		out = m.whileQuiet(at, step, p)
	case speaking:
		out = m.whileSpeaking(at, step, p)
	case paused:
		out = m.whilePaused(at, step, p)
	}
	return out
}

func (m *Machine) whileQuiet(at, step time.Duration, p float32) []Decision {
	if p < m.cfg.On {
		m.rising = max(0, m.rising-step)
		return nil
	}
	m.rising += step
	if m.rising < m.cfg.MinSpeech {
		return nil
	}
	m.state, m.voiced = speaking, m.rising
	m.from = max(0, at-m.rising-m.cfg.PreRoll)
	m.overlap, m.over, m.peeked = m.bot, 0, 0
	why := "speech"
	if m.prevFrom >= 0 && !m.bot && m.cfg.Reopen > 0 && m.from-m.ended < m.cfg.Reopen {
		m.from, why = m.prevFrom, "speech went on before the reply began"
	} else if !m.bot {
		m.from = max(min(m.from, m.free), m.from-max(0, m.cfg.Lead))
	}
	m.from = max(0, m.from)
	m.prevFrom, m.speculated, m.judged = -1, false, false
	out := []Decision{{Kind: Start, At: at, From: m.from, To: at, Why: why}}
	if m.overlap {
		m.over = m.rising
		out = append(out, m.overBot(at)...)
	}
	m.rising = 0
	return out
}

func (m *Machine) whileSpeaking(at, step time.Duration, p float32) []Decision {
	if p < m.cfg.Off {
		m.state, m.silence, m.rising = paused, at-step, 0
		return m.whilePaused(at, 0, p)
	}
	m.voiced += step
	var out []Decision
	if m.overlap {
		m.over += step
		out = m.overBot(at)
	} else if m.voiced-m.peeked >= m.cfg.Partial {
		m.peeked = m.voiced
		out = append(out, m.about(Peek, at, "for captions"))
	}
	if at-m.from >= m.cfg.Longest {
		out = append(out, m.end(at, "longest turn"))
		m.prevFrom = -1
	}
	return out
}

// overBot decides about the bot's voice while the caller speaks over it.
func (m *Machine) overBot(at time.Duration) []Decision {
	var out []Decision
	if !m.ducked && m.over >= m.cfg.Duck {
		m.ducked = true
		out = append(out, m.about(Duck, at, "speech over the bot"))
	}
	if m.over >= m.cfg.Cancel {
		return append(out, m.cancel(at, "kept speaking over the bot"))
	}
	if m.over-m.peeked >= m.cfg.Peek {
		m.peeked = m.over
		out = append(out, m.about(Peek, at, "a command word may be in it"))
	}
	return out
}

func (m *Machine) whilePaused(at, step time.Duration, p float32) []Decision {
	if p >= m.cfg.On {
		m.rising += step
		if m.rising >= 2*step { // one loud window is a click, two are speech
			return m.goOn(at)
		}
		return nil
	}
	m.rising = 0
	gap := at - m.silence
	if !m.speculated && gap >= m.cfg.Speculate {
		return []Decision{m.speculate(at, "pause")}
	}
	return m.endOf(at)
}

func (m *Machine) speculate(at time.Duration, why string) Decision {
	m.speculated, m.judged, m.asked = true, false, at
	return m.about(Speculate, at, why)
}

// Hush tells that the caller's sound has fallen to the noise around them (true) or has come back (false). The voice
// probability needs a tenth of a second longer to fall, and the reply can be prepared in that time; what ends a turn is
// still the probability.
func (m *Machine) Hush(at time.Duration, fell bool) []Decision {
	switch {
	case m.state != speaking || m.overlap || fell == m.speculated:
		return nil
	case fell:
		return []Decision{m.speculate(at, "hush")}
	}
	m.speculated, m.judged = false, false
	return []Decision{m.about(Retract, at, "no pause")}
}

// goOn returns to speaking after a pause.
func (m *Machine) goOn(at time.Duration) []Decision {
	m.state = speaking
	m.voiced += m.rising
	if m.overlap {
		m.over += m.rising
	}
	m.rising = 0
	var out []Decision
	if m.speculated {
		out = append(out, m.about(Retract, at, "the caller went on"))
	}
	m.speculated, m.judged = false, false
	return out
}

// endOf looks whether the pause is now long enough for what is known.
func (m *Machine) endOf(at time.Duration) []Decision {
	gap := at - m.silence
	if m.overlap {
		return m.endOver(at, gap)
	}
	if !m.judged {
		if gap >= m.cfg.EndMax {
			return []Decision{m.end(at, "long silence")}
		}
		return nil
	}
	need, why := m.cfg.EndUnsure, "silence after an unfinished sentence"
	switch m.verdict {
	case Nothing:
		if gap < m.cfg.EndLikely {
			return nil
		}
		return m.drop(at, "no words")
	case Command:
		need, why = m.cfg.EndSure, "command"
	case Sure:
		need, why = m.cfg.EndSure, "finished, reply known"
	case Likely, Backchannel:
		need, why = m.cfg.EndLikely, "finished"
	case Open:
		need = m.cfg.EndOpen
	case Unsure:
	}
	if gap < need {
		return nil
	}
	return []Decision{m.end(at, why)}
}

// endOver decides what speech over the bot was, once it has stopped.
func (m *Machine) endOver(at, gap time.Duration) []Decision {
	if !m.judged {
		if gap >= m.cfg.EndMax {
			return m.drop(at, "nothing understood over the bot")
		}
		return nil
	}
	switch m.verdict {
	case Nothing, Backchannel:
		return m.drop(at, "no interruption meant")
	case Command:
		return []Decision{m.cancel(at, "command over the bot"), m.end(at, "command")}
	case Open, Unsure, Likely, Sure:
		if gap < m.cfg.EndSure {
			return nil
		}
		out := []Decision{m.cancel(at, "words over the bot")}
		if m.verdict < Likely { // the floor is theirs, and they may take their time
			return append(out, m.endOf(at)...)
		}
		return append(out, m.end(at, "words over the bot"))
	}
	return nil
}

// Judge takes what speculation (peek false) or a peek (peek true) found in the speech up to time to.
func (m *Machine) Judge(at, to time.Duration, v Verdict, peek bool) []Decision {
	at = max(at, m.now)
	if peek {
		if v == Command && m.overlap && m.state != quiet {
			return []Decision{m.cancel(at, "command over the bot")}
		}
		return nil
	}
	if !m.speculated || to < m.asked {
		return nil
	}
	m.verdict, m.judged = v, true
	if m.state != paused { // a hush that is no pause yet
		return nil
	}
	return m.endOf(at)
}

// Bot tells whether the bot is speaking. A bot that begins closes the last turn; one that ends leaves the floor to
// whoever is speaking.
func (m *Machine) Bot(at time.Duration, speaking bool) []Decision {
	m.bot = speaking
	if speaking {
		m.prevFrom = -1
		return nil
	}
	m.free = at
	var out []Decision
	m.overlap = false
	if m.ducked {
		m.ducked = false
		out = append(out, m.about(Unduck, at, "the bot had finished"))
	}
	return out
}

// Settle tells that the last turn needs no reply: what is said next is a new turn.
func (m *Machine) Settle() []Decision {
	m.prevFrom = -1
	return nil
}

// Hold tells that the caller is not heard from now on. A turn that was begun ends, since its words are all there will be; one
// that was no turn as far as is known, or over the bot is not known to be one, is dropped.
func (m *Machine) Hold(at time.Duration) []Decision {
	return m.finish(at, "put on hold", m.judged && m.verdict > Backchannel)
}

// Key tells that the caller has pressed a key. A turn that was begun ends, unless it was none as far as is known: what they say
// over the bot beside a key is hardly an "mhm" to it.
func (m *Machine) Key(at time.Duration) []Decision {
	return m.finish(at, "key", !m.judged || m.verdict > Backchannel)
}

// finish ends a turn that was begun, or drops it when it is none; over tells what it is where it began over the bot.
func (m *Machine) finish(at time.Duration, why string, over bool) []Decision {
	words := !m.judged || m.verdict != Nothing
	if m.overlap {
		words = over
	}
	if m.state == quiet || !words {
		return m.Reset(at)
	}
	var out []Decision
	if m.overlap {
		out = append(out, m.cancel(at, why))
	}
	out = append(out, m.end(at, why))
	m.prevFrom = -1
	return out
}

// Reset forgets a turn that was begun.
func (m *Machine) Reset(at time.Duration) []Decision {
	var out []Decision
	if m.state != quiet {
		out = m.drop(at, "reset")
	}
	m.rising, m.prevFrom = 0, -1
	return out
}

// Quiet reports whether the caller is neither speaking nor pausing within a turn.
func (m *Machine) Quiet() bool { return m.state == quiet }

func (m *Machine) about(k Kind, at time.Duration, why string) Decision {
	return Decision{Kind: k, At: at, From: m.from, To: at, Why: why}
}

func (m *Machine) cancel(at time.Duration, why string) Decision {
	m.overlap, m.ducked, m.bot, m.free = false, false, false, at
	return m.about(Cancel, at, why)
}

func (m *Machine) end(at time.Duration, why string) Decision {
	d := m.about(End, at, why)
	m.state, m.rising, m.prevFrom, m.ended, m.free = quiet, 0, m.from, at, at
	return d
}

func (m *Machine) drop(at time.Duration, why string) []Decision {
	out := []Decision{m.about(Drop, at, why)}
	if m.ducked {
		m.ducked = false
		out = append(out, m.about(Unduck, at, why))
	}
	m.state, m.rising, m.overlap, m.prevFrom, m.free = quiet, 0, false, -1, at
	return out
}
