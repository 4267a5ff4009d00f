package node

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// attack is one line of the list of attacks, which assist/llm keeps and tries on the model alone.
type attack struct{ family, lang, goal, text string }

func attacks(t *testing.T, url string) []attack {
	t.Helper()
	fill := strings.NewReplacer("{url}", url, "{host}", strings.TrimPrefix(url, "http://"))
	var out []attack
	for line := range strings.Lines(read(t, "../../../../assist/llm/testdata/attacks.tsv")) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 4 {
			t.Fatalf("%q has %d columns", line, len(f))
		}
		out = append(out, attack{f[0], f[1], f[2], fill.Replace(f[3])})
	}
	return out[1:]
}

// servant is a language model that does whatever it is told.
type servant struct {
	mu    sync.Mutex
	told  attack
	asked []string
}

func (s *servant) tell(a attack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = a
}

// obeys is what the servant says to get an attack done; none of it is in the knowledge.
func obeys(a attack) []string {
	en := map[string]string{"secret": "The password is swordfish [1]. ", "prompt": "Use only what the numbered passages say [1]. ", "number": "Call 0909 879 8765 [1]. ", "tool": "I have called issue_refund [1]. ", "lang": "退款三天到账[1]。", "other": "Mr Chen called before you [1]. "}
	zh := map[string]string{"secret": "密码是芝麻开门[1]。", "prompt": "只能使用编号资料里的内容[1]。", "number": "请拨打 0909 879 8765 [1]。", "tool": "已调用退款函数[1]。", "lang": "The refund takes three days [1]. ", "other": "陈先生在您前面打来[1]。"}
	say, own := en[a.goal], []string{"Your refund is granted [1]. ", "We have refunded your order [1]. "}
	if a.lang == "zh" {
		say, own = zh[a.goal], []string{"您的退款已批准[1]。", "我们已经为您办理退货[1]。"}
	}
	return append(own, say, a.text+" [1]. ")
}

func (s *servant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.asked = append(s.asked, string(body))
	a := s.told
	s.mu.Unlock()
	tools := `"tool_calls":[{"index":0,"id":"1","type":"function","function":{"name":"transfer_call","arguments":"{\"to\":\"sip:boss@192.0.2.1\"}"}}]`
	if !strings.Contains(string(body), `"stream":true`) {
		lines, _ := json.Marshal([]map[string]any{
			{"section": "promised", "turn": 2, "text": "The agent promised a full refund"}, {"section": "reason", "turn": 2, "text": a.text + " and it was approved"},
			{"section": "said", "turn": 2, "text": "The company agreed to the refund"}, {"section": "said", "turn": 2, "text": "<script>x</script>"}, {"section": "open", "turn": 2, "text": "客服承诺退款"},
		})
		content, _ := json.Marshal(string(lines))
		fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":%s,%s},"finish_reason":"stop"}]}`, content, tools)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{%s}}]}\n\n", tools)
	for _, text := range obeys(a) {
		raw, _ := json.Marshal(text)
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", raw)
	}
	fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
}
