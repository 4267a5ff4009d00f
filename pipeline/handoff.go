package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
)

// found is the end of a search for a person.
type found struct {
	seek   *Seek
	person Person // the zero value with err
	err    error
}

// handOver ends the bot's part, whatever it is doing, and seeks a person.
func (v *conversation) handOver(ctx context.Context, why string, aim Aim) {
	if v.leaving || v.Desk == nil || !v.Route.Desk {
		return
	}
	if v.saying != nil && (v.saying.after.transfer || v.saying.after.seek != nil) {
		return // it is being done
	}
	v.silence()
	v.flushPending()
	v.leaving = true
	v.sayNow(ctx, answer.Say(answer.SayTransfer, v.lang), "hand-off", afterReply{seek: &Seek{Why: why, Aim: aim}, sure: true})
}

// silence ends whatever the bot says or is about to say, and what was to follow it.
func (v *conversation) silence() {
	v.forget()
	for _, r := range v.player.cancel(v.now()) {
		r.after = afterReply{}
		v.box.post(note{over: r})
	}
}

// seek looks for a person. It ends when one has come, nobody will, or the call is over; Serve waits for it.
func (v *conversation) seek(ctx context.Context, s Seek) {
	if v.seeking || v.room.agent() != nil { // asked for twice: one person will do
		return
	}
	v.leaving, v.choice = true, 0
	v.held.Store(true) // from the bot's ears
	s.Call, s.Route, s.From, s.Lang, s.Control = v.ID, v.Route.Name, v.Started.From, v.lang, v.control
	v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: "desk", State: "asked", Why: s.Why}, true)
	v.room.setMusic(!s.Back)
	v.seeking, v.sought = true, &s
	ctx, v.stopSeek = context.WithCancel(ctx)
	v.jobs.Go(func() {
		p, err := v.Desk.Seek(ctx, s, func(w Waiting) { v.box.post(note{waiting: &w}) })
		v.box.post(note{found: &found{&s, p, err}})
	})
}

// announce tells a caller who waits for a person how things stand.
func (v *conversation) announce(ctx context.Context, w Waiting) {
	if v.seeking && !v.player.busy() {
		v.sayNow(ctx, w.Text, "waiting", afterReply{})
	}
}

// endSeek ends the search that is under way, if any, and the music of who waits.
func (v *conversation) endSeek() {
	if v.seeking {
		v.seeking = false
		v.stopSeek()
	}
	v.room.setMusic(false)
}

// met ends a search: the person talks with the caller, or the caller is told that nobody comes.
func (v *conversation) met(ctx context.Context, f *found) error {
	if !v.seeking || f.seek != v.sought { // somebody took the call meanwhile, and may have sent it on
		f.person.letGo()
		return nil
	}
	v.endSeek()
	for _, r := range v.player.cancel(v.now()) {
		v.box.post(note{over: r})
	}
	if f.err == nil {
		v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: f.person.ID, State: "accepted"}, true)
		return v.join(f.person)
	}
	state, text, bye := "failed", answer.Say(answer.SayNoPerson, v.lang), false
	if u := (*Unavailable)(nil); errors.As(f.err, &u) {
		state, bye, v.choice = "unavailable", u.Bye, u.Key
		if u.Text != "" {
			text = u.Text
		}
	}
	v.emit.put(v.now(), call.KindTransfer, call.Transfer{Target: "desk", State: state, Why: f.err.Error()}, true)
	v.leaving = false
	if bye {
		v.sayLast(ctx, text, "nobody")
		return nil
	}
	v.held.Store(false)
	v.sayNow(ctx, text, "transfer "+state, afterReply{})
	return nil
}

// join lets a person into the call. The first one opens the conversation between people.
func (v *conversation) join(p Person) error {
	if p.Role == RoleColleague && v.room.agent() == nil {
		if v.seeking && v.sought.Why == "transfer" { // whoever asked has sent the caller to somebody else
			p.letGo()
			return nil
		}
		p.Role = RoleAgent // whoever asked is gone: the caller is theirs
	}
	g := &guest{Person: p}
	if p.Role != RoleSupervisor {
		g.ears = v.listenTo(p)
	}
	if p.Role == RoleAgent {
		v.takenBy(p.ID)
	}
	v.room.add(g)
	v.party("joined", g)
	return nil
}

// takenBy makes a person the one who has the call, whoever had it before: the bot, the queue, somebody else.
func (v *conversation) takenBy(id string) {
	if old := v.room.agent(); old != nil && old.ID != id {
		v.leave(old.ID, "replaced")
	}
	v.endSeek()
	v.people, v.leaving, v.person = true, true, id
	v.holdCaller(false)
	v.silence()
	v.flushPending()
	v.idle.Stop()
	if v.ears.Load() == nil {
		v.ears.Store(newListener(v, call.Caller, v.Voices, v.heard))
	}
	v.held.Store(false)
}

// listenTo writes down what a person says from now on.
func (v *conversation) listenTo(p Person) *listener {
	s := newSound(heardKept)
	s.first = audio.Samples(v.heardFor())
	l := newListener(v, call.Agent, p.Voices, s)
	l.own, l.by = true, p
	return l
}

// heardFor is how much sound of the call has been taken in.
func (v *conversation) heardFor() time.Duration {
	v.heard.mu.Lock()
	defer v.heard.mu.Unlock()
	return time.Duration(v.heard.first+len(v.heard.pcm)) * time.Second / audio.Rate
}

// party publishes what a person did.
func (v *conversation) party(action string, g *guest) {
	v.emit.put(v.now(), call.KindParty, call.Part{Action: action, ID: g.ID, Name: g.Name, Role: string(g.Role)}, true)
}

// leave takes a person out and hangs their leg up.
func (v *conversation) leave(id, action string) *guest {
	g := v.room.remove(id)
	if g == nil {
		return nil
	}
	v.party(action, g)
	g.letGo()
	return g
}

// vanished deals with a leg that ended by itself: the caller is never left alone because a browser was closed.
func (v *conversation) vanished(ctx context.Context, g *guest) error {
	_, why := g.Leg.Why()
	hungUp := g.Deliberate && why == "bye"
	action := "lost"
	if hungUp {
		action = "left"
	}
	if v.leave(g.ID, action) == nil {
		return nil
	}
	if !hungUp && v.Desk != nil {
		v.Desk.Lost(v.ID, g.ID)
	}
	if g.Role == RoleColleague { // who was consulted is gone: the caller is back with the agent
		v.holdCaller(false)
	}
	if g.Role != RoleAgent {
		return nil
	}
	if hungUp && !v.consulting() {
		return &endError{call.Agent, "bye"}
	}
	v.bereft(ctx, g.ID)
	return nil
}

func (v *conversation) consulting() bool {
	return slices.ContainsFunc(v.room.everybody(), func(o *guest) bool { return o.Role == RoleColleague })
}

// bereft looks after a caller whose agent is gone: a colleague who was being consulted stays with them, else somebody is
// sought, for the grace only who may come back ("" nobody does).
func (v *conversation) bereft(ctx context.Context, mayReturn string) {
	for _, o := range v.room.everybody() {
		if o.Role == RoleColleague {
			v.setRole(o.ID, RoleAgent)
			v.holdCaller(false)
			return
		}
	}
	v.holdCaller(false)
	v.sayNow(ctx, answer.Say(answer.SayBack, v.lang), "agent lost", afterReply{})
	if v.Desk == nil || mayReturn != "" && mayReturn == v.phoned {
		v.people, v.person = false, ""
		v.ears.Store(nil)
		v.transfer(ctx)
		return
	}
	v.seek(ctx, Seek{Why: "agent_lost", Former: mayReturn})
}

// passOn sends the caller from one person to another.
func (v *conversation) passOn(ctx context.Context, aim Aim) {
	g := v.room.agent()
	if g == nil {
		return
	}
	v.leave(g.ID, "transferred")
	v.holdCaller(false)
	v.sayNow(ctx, answer.Say(answer.SayTransfer, v.lang), "hand-off", afterReply{})
	v.seek(ctx, Seek{Why: "transfer", Aim: aim, Former: g.ID})
}

func (v *conversation) setRole(id string, role Role) {
	if _, there := v.room.change(id, func(*guest) {}); there && role == RoleAgent {
		v.takenBy(id)
	}
	g, ok := v.room.change(id, func(g *guest) {
		g.Role = role
		if role != RoleSupervisor && g.ears == nil {
			g.ears = v.listenTo(g.Person)
		}
	})
	if ok {
		v.party("role", g)
	}
}

func (v *conversation) holdCaller(on bool) {
	if v.room.held == on { // only this loop changes it
		return
	}
	v.room.setHeld(on)
	action := "unhold"
	if on {
		action = "hold"
	}
	v.emit.put(v.now(), call.KindParty, call.Part{Action: action, ID: v.person, Role: string(RoleAgent)}, true)
}

func (v *conversation) mute(id string, on bool) {
	g, ok := v.room.change(id, func(g *guest) { g.muted = on })
	if ok {
		v.party(onOff("mute", on), g)
	}
}

func (v *conversation) whisper(id string, on bool) {
	g, ok := v.room.change(id, func(g *guest) { g.whisper = on })
	if ok {
		v.party(onOff("whisper", on), g)
	}
}

func onOff(what string, on bool) string {
	if on {
		return what
	}
	return "un" + what
}

func (v *conversation) record(on bool) {
	if v.tape == nil || v.refused.Load() {
		return
	}
	v.paused.Store(!on)
	action := "record"
	if !on {
		action = "pause"
	}
	v.emit.put(v.now(), call.KindParty, call.Part{Action: action, ID: v.person, Role: string(RoleAgent)}, true)
}

// press plays keys to the caller's side, as a telephone would.
func (v *conversation) press(keys string) {
	var pcm []int16
	for _, k := range keys {
		if tone := audio.DTMF(k, 160*time.Millisecond); tone != nil {
			pcm = append(append(pcm, tone...), make([]int16, audio.Samples(80*time.Millisecond))...)
		}
	}
	if !v.people || len(pcm) == 0 {
		return
	}
	r := v.newReply("", v.lang)
	r.add("", pcm, v.now())
	r.close(nil)
	v.player.play(r)
}

// toBot ends the conversation between people and lets the bot go on.
func (v *conversation) toBot(ctx context.Context) {
	if !v.people {
		return
	}
	for _, g := range v.room.everybody() {
		v.leave(g.ID, "left")
	}
	v.holdCaller(false)
	v.ears.Store(nil)
	if v.paused.Load() {
		v.record(true)
	}
	v.people, v.leaving, v.person = false, false, ""
	v.longest.Reset(v.Route.Longest) // or what people said would count
	v.dialogue = answer.Dialogue{}
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Reset(at) })
	v.sayNow(ctx, answer.Say(answer.SayHelp, v.lang), "back with the bot", afterReply{})
}

// dismiss ends everybody's part at the end of the call.
func (v *conversation) dismiss() {
	for _, g := range v.room.everybody() {
		v.leave(g.ID, "ended")
	}
}

// wrote puts down what the caller has written, if a person has the call.
func (v *conversation) wrote(text, lang string) bool {
	if v.person == "" {
		return false
	}
	at := v.now()
	v.turns++
	v.emit.put(at, call.KindTurn, call.Turn{N: v.turns, Who: call.Caller, Text: text, Lang: lang, Start: at, End: at, Confidence: 1, Written: true}, true)
	return true
}
