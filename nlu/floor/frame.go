package floor

import "strings"

// Words that hold a sentence together. What stands between them is much alike for whether it is over.
var (
	framing = setOf(`a an the my your his her our their its this that these those and or but nor so because since if when whenever while although though
		unless until before after once as than whether with without of to for from in on at by about into onto over under between through during
		against per via is are was were be been being am do does did done have has had having can could will would shall should may might must cant
		couldnt wont wouldnt dont doesnt didnt isnt arent wasnt werent havent hasnt hadnt im ive id ill youre youve youd youll hes shes its weve were
		wed well theyre theyve theyd theres thats whats wheres whos i you he she it we they me him us them who whom whose which what where why how
		not no never just only also too very really still already yet even again there here then now please yes yeah ok okay um uh er hmm hello hi
		some any every each all both either neither another other more most less much many few one first last next same`)
	framingHan = "的地得了着过吗呢吧啊呀嘛么我你您他她它们这那个些是有没不别会能要想把被给跟和与对从到在向往为因所以如果但可然后而且就都也还又再很太最请问怎什哪几多少谁为何说让叫等停先一下点里上用来去"
)

func setOf(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// frameOf is words with those that hold the sentence together as they are and one sign for each stretch of others, which tells
// the form of its last word where that says something in English.
func frameOf(words []string) []string {
	var out []string
	for _, w := range words {
		if framing[w] || strings.Contains(framingHan, w) {
			out = append(out, w)
			continue
		}
		sign := "*"
		for _, ending := range []string{"ing", "ed", "ly", "s"} {
			if len(w) > len(ending)+2 && strings.HasSuffix(w, ending) {
				sign += ending
				break
			}
		}
		if n := len(out); n > 0 && out[n-1][0] == '*' {
			out[n-1] = sign
		} else {
			out = append(out, sign)
		}
	}
	return out
}
