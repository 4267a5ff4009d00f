package redact

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// marker is a model that holds private what is in secrets, more or less surely.
type marker struct {
	secrets []string
	sure    float32
}

// words are as models read them: Latin ones, and single Chinese characters.
var markedWord = regexp.MustCompile(`\p{Han}|[\p{Latin}\p{N}@.'’]*[\p{Latin}\p{N}]`)

// Tag implements Tagger.
func (m marker) Tag(_ context.Context, _ []string, text string, _ func(i int, at [3]int) uint64) (at [][3]int, logits []float32, err error) {
	private := make([]bool, len(text))
	for _, s := range m.secrets {
		for i := 0; ; i += len(s) {
			k := strings.Index(text[i:], s)
			if k < 0 {
				break
			}
			for i += k; k < i+len(s); k++ {
				private[max(k, i)] = true
			}
		}
	}
	for _, w := range markedWord.FindAllStringIndex(text, -1) {
		z := float32(-5)
		for _, p := range private[w[0]:w[1]] {
			if p {
				z = m.sure
			}
		}
		at, logits = append(at, [3]int{w[0], w[1], 1}), append(logits, z)
	}
	return at, logits, nil
}

// What only looks like what is said beside values is hidden, by the rules alone, and where a model is sure or nearly sure of it.
func TestNotBeside(t *testing.T) {
	t.Parallel()
	const fairly, certain = 3, 8
	for _, c := range []struct {
		secrets string // with bars between them
		modes   string // r: the rules find it, too
		turns   []string
	}{
		// Cries, kin and thanks that are names or secrets.
		{"Tara", "r", []string{"C:My name is Tara."}},
		{"Tara", "r", []string{"A:And your first name?", "C:Tara."}},
		{"Tara", "r", []string{"C:My daughter Tara will pick it up."}},
		{"Tara", "", []string{"A:Thank you, Tara."}},
		{"Champion", "r", []string{"A:And your surname?", "C:Champion."}},
		{"Bravo", "r", []string{"A:And your surname?", "C:Bravo."}},
		{"Heck", "r", []string{"A:Can I take your name?", "C:It's Heck."}},
		{"Cor", "r", []string{"C:My husband Cor rang yesterday."}},
		{"Merci", "r", []string{"C:My wife's name is Merci."}},
		{"granny", "r", []string{"C:My password is granny."}},
		{"champion", "r", []string{"C:my password is champion"}},
		{"magic", "r", []string{"C:the memorable word is magic"}},
		{"42", "r", []string{"A:What's your house number?", "C:I'm 42, the red door."}},
		// Whoever has to do with a boat or a van, or is met by a firm's people.
		{"Terry|Hobbs", "r", []string{"C:The man with the van, he's called Terry Hobbs."}},
		{"Ann|Wells", "r", []string{"C:My neighbour drives the school bus, she's called Ann Wells."}},
		{"Peter|Marlow", "r", []string{"C:The owner of the car is called Peter Marlow."}},
		{"Annelise|Thorburn", "r", []string{"A:Hello, Annelise Thorburn, this is Ludo speaking."}},
		{"Okafor", "r", []string{"C:This is Mr Okafor, is my consultant in today?"}},
		{"Abernethy", "r", []string{"C:It's Mrs Abernethy, who's my case worker please?"}},
		{"Peter|Hobbs", "r", []string{"C:The man who came to my house was Peter Hobbs."}},
		// What is told to one, and not to all.
		{"960118", "r", []string{"A:Thank you for calling me back on 01632 960118."}},
		{"960118", "r", []string{"A:You're through to billing and I see you're on 01632 960118."}},
		{"960118", "r", []string{"?:We moved last week, please call on 01632 960118."}},
		{"Castle", "r", []string{"?:Our farm is at 12 Castle Lane, Wrexham."}},
		{"ann.lee", "r", []string{"?:We are away, please email us at ann.lee@gmail.com."}},
		{"86604422", "r", []string{"?:这里是王阿姨家电话0571-86604422。"}},
		{"玉泉路", "r", []string{"A:下午三点到，地址是玉泉路31号3单元402，您开门就行。"}},
		{"玉泉路", "r", []string{"A:快到了，地址是玉泉路31号，停车棚旁边。"}},
		{"玉泉路", "r", []string{"A:货放前台，地址是玉泉路31号。"}},
		{"960118", "r", []string{"C:Give me the phone of the tenant.", "A:It's 01632 960118."}},
		{"thorburn", "r", []string{"C:I need the email for the account.", "A:It's annelise@thorburn.example."}},
		{"960118", "r", []string{"C:What's the number of your shop?", "A:It's 01434 496 0077. The other one on the account is 01632 960118."}},
		{"86551234", "r", []string{"C:你们电话多少？", "A:0571-86604422，另外预留的是0571-86551234。"}},
		// Parts that are asked for instead of the whole, and questions that ask to go on.
		{"h and 7", "r", []string{"A:I don't need the full password, just the second and fifth characters.", "C:h and 7"}},
		{"two one", "r", []string{"A:What's your PIN?", "C:four eight", "A:Okay, thanks. When you're ready?", "C:two one"}},
		{"1982", "r", []string{"A:And the error code?", "C:12/05/1982"}},
		{"4DY", "", []string{"A:What's the order number?", "C:LS1 4DY"}},
		// Numbers before what things are counted in.
		{"8823", "r", []string{"C:密码是8823箱子上写的。"}},
		{"86604422", "r", []string{"C:我的电话是86604422株洲的。"}},
		{"三八二", "r", []string{"A:您的密码是多少？", "C:三八二箱"}},
	} {
		secrets := strings.Split(c.secrets, "|")
		models := map[string]*Sense{
			"fairly sure": NewSense(map[string]Tagger{"en": marker{secrets, fairly}, "zh": marker{secrets, fairly}}),
			"certain":     NewSense(map[string]Tagger{"en": marker{secrets, certain}, "zh": marker{secrets, certain}}),
		}
		if c.modes != "" {
			models["no model"] = nil
		}
		for name, m := range models {
			s, got := Session{Sense: m}, ""
			for _, turn := range c.turns {
				who := map[string]call.Party{"A": call.Agent, "C": call.Caller}[turn[:1]]
				got, _ = s.Text(who, turn[2:])
				s.Heard(who, turn[2:])
			}
			for _, secret := range secrets {
				if strings.Contains(got, secret) {
					t.Errorf("%s: %v is masked as %q", name, c.turns, got)
				}
			}
		}
	}
}
