package quality

import "testing"

func FuzzCall(f *testing.F) {
	f.Add([]byte(`{"id":"c","lang":"en","queue":"q","turns":[{"who":"agent","text":"hello","start_s":0,"end_s":1.5}],"facts":["a"]}`))
	f.Add([]byte(`{"turns":[{"start_s":1e308,"end_s":-1}]}`))
	f.Add([]byte("[{"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseCall(raw)
		for i, turn := range c.Turns {
			if err == nil && (turn.StartS < 0 || turn.EndS < turn.StartS) {
				t.Errorf("turn %d goes from %v to %v", i, turn.StartS, turn.EndS)
			}
		}
	})
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("\ufeffrater\tcall\tanswer\tquestion\r\nx\tc1\tN/A\tq\r\n\r\ny\tc1\tcannot tell\tq\r\n"))
	f.Add([]byte("x\tx\tcall\tquestion\tanswer\trater\na\tb\tc\td\tyes\n")) // a column twice
	f.Add([]byte("call\tquestion\tanswer\trater"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		labels, err := ParseLabels(raw)
		for _, l := range labels {
			if err == nil && l.Answer == "" {
				t.Errorf("%+v says nothing", l)
			}
		}
	})
}
