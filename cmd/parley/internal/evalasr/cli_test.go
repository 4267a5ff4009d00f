package evalasr

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/parley-voice/parley/asr/score"
)

func TestCLI(t *testing.T) {
	for _, n := range []string{"vctk_p239", "asterisk_prompts_en_8k", "aishell1_sample", "zhrtvc_samples"} {
		s, _ := readSet("/work/shared/data/speech/"+n, 30)
		f, err := os.Open("/tmp/w/c/cli_" + n + ".tsv")
		if err != nil {
			continue
		}
		hyp := map[string]string{}
		sc := bufio.NewScanner(f)
		for sc.Scan() {
			a, b, _ := strings.Cut(sc.Text(), "\t")
			hyp[a] = b
		}
		var c score.Count
		for _, it := range s.items {
			c.Add(score.Compare(s.metric(), it.text, hyp[it.file]))
		}
		t.Logf("%s %s %.2f%% %d", n, s.metric(), 100*c.Rate(), len(hyp))
	}
}
