package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestPacks says each rule's example in both languages and expects the rule.
func TestPacks(t *testing.T) {
	t.Parallel()
	for _, name := range Packs() {
		raw, ok := Pack(name)
		if !ok {
			t.Fatal(name)
		}
		set, err := Compile(raw, EscalationFile())
		if err != nil {
			t.Fatal(name, err)
		}
		alone, err := Compile(raw)
		if err != nil {
			t.Fatal(name, err)
		}
		items := 0
		for _, c := range alone.Checklists() {
			items += len(c.Items)
		}
		if n := len(alone.Rules()); n < 25 || items < 12 {
			t.Errorf("%s: %d rules, %d items", name, n, items)
		}
		examples, err := os.ReadFile(filepath.Join("testdata", name+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]int{}
		for line := range strings.Lines(string(examples)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			said[f[0]]++
			who := call.Caller
			if len(f) > 3 {
				who = call.Party(f[3])
			}
			got := set.Session().Feed(Turn{Who: who, Text: f[2], Lang: f[1]})
			if !slices.ContainsFunc(got, func(x Firing) bool { return x.Rule == f[0] }) {
				t.Errorf("%s: %q does not fire %s", name, f[2], f[0])
			}
			if len(got) > 4 {
				t.Errorf("%s: %q fires %d rules", name, f[2], len(got))
			}
		}
		for _, id := range alone.Rules() {
			if said[id] < 2 {
				t.Errorf("%s: %s has %d examples", name, id, said[id])
			}
		}
		for _, calm := range []string{"Thank you, goodbye.", "My name is Peter.", "好的谢谢", "请稍等一下", "I don't want to close my account", "我不是要投诉"} {
			if got := alone.Session().Feed(Turn{Who: call.Caller, Text: calm}); len(got) > 0 {
				t.Errorf("%s: %q fires %s", name, calm, got[0].Rule)
			}
		}
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	raw, _ := Pack("bank")
	set, err := Compile(raw)
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	turn := Turn{N: 3, Who: call.Agent, Text: "May I have your full name and your date of birth?", Lang: "en"}
	s.Feed(turn)
	got := s.Ticks(turn)
	if len(got) != 2 || got[0].Item != "name" || got[1].Item != "birth" || got[0].Turn != 3 || len(got[0].Reasons) != 1 || got[0].Reasons[0].Quote != "full name" {
		t.Errorf("%+v", got)
	}
	if again := s.Ticks(turn); len(again) > 0 {
		t.Error(again)
	}
}

// TestPackDialogues plays dialogues with hard negatives: quoted anger, negation, friendly swearing, neutral questions.
func TestPackDialogues(t *testing.T) {
	t.Parallel()
	sets := map[string]*Set{}
	for _, name := range Packs() {
		raw, _ := Pack(name)
		set, err := Compile(raw)
		if err != nil {
			t.Fatal(err)
		}
		sets[name] = set
	}
	for _, lang := range []string{"en", "zh"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "packs_"+lang+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var s *Session
		var got []Firing
		var name, last string
		dialogues, n, wanted := 0, 0, false
		check := func() {
			if !wanted && len(got) > 0 {
				t.Errorf("%s %s: %q fires %s %q", lang, name, last, got[0].Rule, got[0].Reasons[0].Quote)
			}
			got, wanted = nil, false
		}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			head, text, _ := strings.Cut(line, " ")
			switch head {
			case "==":
				check()
				var pack string
				name, pack, _ = strings.Cut(text, " ")
				s, n, dialogues = sets[pack].Session(), 0, dialogues+1
			case ">", "<":
				check()
				who := call.Caller
				if head == "<" {
					who = call.Agent
				}
				last, n = text, n+1
				got = s.Feed(Turn{N: n, Who: who, Text: text, Lang: lang, Start: call.Offset(n) * 5e9, End: call.Offset(n)*5e9 + 4e9})
			case "=":
				wanted = true
				if !slices.ContainsFunc(got, func(f Firing) bool { return f.Rule == text }) {
					t.Errorf("%s %s: %q does not fire %s", lang, name, last, text)
				}
			}
		}
		check()
		if dialogues < 40 {
			t.Errorf("%s: %d dialogues, want 40", lang, dialogues)
		}
	}
}

// TestFor leaves out what belongs to the packs that a call has not, and opens nothing for every call that a rule opens.
func TestFor(t *testing.T) {
	t.Parallel()
	bank, _ := Pack("bank")
	shop, _ := Pack("ecommerce")
	own := []byte("version: 1\nrules:\n  - {id: mine, text_en: Mine., when: \"true\", do: [{tag: {name: x}}]}\n")
	set, err := Compile(EscalationFile(), bank, shop, own)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(set.Packs(), " "); got != "bank ecommerce" {
		t.Errorf("packs %q", got)
	}
	ids := func(ls []Checklist) string {
		var out []string
		for _, l := range ls {
			out = append(out, l.ID)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		packs          []string
		bank, shop     bool
		lists, general string
	}{
		{nil, false, false, "", ""},
		{[]string{"bank"}, true, false, "lost-card identify hardship", ""},
		{[]string{"ecommerce"}, false, true, "damaged return close", "close"},
		{[]string{"clinic"}, false, false, "", ""},
	} {
		of := set.For(c.packs...)
		has := func(id string) bool { return slices.Contains(of.Rules(), id) }
		if has("bank-hardship") != c.bank || has("shop-damaged") != c.shop || !has("mine") || ids(of.Checklists()) != c.lists || ids(of.General()) != c.general {
			t.Errorf("%v: bank %v, shop %v, mine %v, lists %q, general %q", c.packs, has("bank-hardship"), has("shop-damaged"), has("mine"), ids(of.Checklists()), ids(of.General()))
		}
	}
}
