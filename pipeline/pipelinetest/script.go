package pipelinetest

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Step is one line of a conversation script.
//
//	caller 1.5 "I lost my card"     waits for the bot to be silent, then speaks for 1.5 s
//	noise 60                        sound without words for 60 s from now on, beside the next lines
//	over 0.4 0.5 "stop"             speaks for 0.5 s, beginning 0.4 s after the bot has begun
//	begins 0.3 0.8                  the bot begins to speak between 0.3 and 0.8 s after the line before
//	key 0                           presses a key
//	hold 3                          puts the bot on hold for 3 s
//	wait 2                          lets 2 s pass
//	hangup                          hangs up
//	bot "part of a text"            the bot's next turn contains the text
//	cut "part of a text"            the bot's next turn contains the text and was cut
//	heard "text"                    the caller's next turn is the text
//	set echo                        first line only: the far end returns an echo; "set nobody": a transfer fails;
//	                                "set opt-out": the call is recorded and key 9 refuses that; "set slow-voice": speech
//	                                takes a second to make; "set slow-ears": recognition takes six
//	event bot.interrupt resume      an event of the kind, whose body contains the word, has been published
//	tape running                    the recording is empty, running or discarded
//	end goodbye                     the call ends for this reason
type Step struct {
	Line int
	Verb string
	Nums []float64
	Text string
}

// ParseScript reads a script. Empty lines and lines that begin with # say nothing. Errors name the line.
func ParseScript(text string) ([]Step, error) {
	var steps []Step
	sc := bufio.NewScanner(strings.NewReader(text))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		step, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		step.Line = n
		steps = append(steps, step)
	}
	return steps, sc.Err()
}

// verbs gives for each verb how many numbers come first and whether a text follows.
var verbs = map[string]struct {
	nums int
	text bool
}{
	"set": {0, true}, "caller": {1, true}, "noise": {1, false}, "over": {2, true}, "begins": {2, false}, "key": {0, true}, "hold": {1, false}, "wait": {1, false}, "hangup": {},
	"bot": {0, true}, "cut": {0, true}, "heard": {0, true}, "event": {0, true}, "tape": {0, true}, "end": {0, true},
}

func parseStep(line string) (Step, error) {
	verb, rest, _ := strings.Cut(line, " ")
	form, ok := verbs[verb]
	if !ok {
		return Step{}, fmt.Errorf("unknown verb %q", verb)
	}
	s := Step{Verb: verb}
	for range form.nums {
		var word string
		word, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return Step{}, fmt.Errorf("%s: %q is no number of seconds", verb, word)
		}
		s.Nums = append(s.Nums, f)
	}
	rest = strings.TrimSpace(rest)
	if form.text == (rest == "") {
		return Step{}, fmt.Errorf("%s: text missing or not wanted", verb)
	}
	s.Text = rest
	if strings.HasPrefix(rest, `"`) {
		text, err := strconv.Unquote(rest)
		if err != nil {
			return Step{}, fmt.Errorf("%s: %q: %w", verb, rest, err)
		}
		s.Text = text
	}
	return s, nil
}

// Seconds turns a number of the script into a duration.
func Seconds(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }
