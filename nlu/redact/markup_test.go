package redact

import (
	"strings"
	"testing"
)

// TestMarkup reads what stands between tags as if there were none: bold words are no secret, and secrets in bold are.
func TestMarkup(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"Look at this: <b>very important</b> text please", "<b>Hello</b>, I have a question", "<p>Where is my parcel?</p><br/>", "请看<strong>这里</strong>，谢谢",
		"<script>alert(1)</script>", "3 < 4 and 5 > 2",
	} {
		if got, spans := Text(s, ""); got != s {
			t.Errorf("%q: %q, %v", s, got, spans)
		}
	}
	for _, s := range []string{"my card is <b>4111 1111 1111 1111</b>", "write to <i>ann.lee@example.com</i>", "My PIN is <strong>4821</strong>.", "我的手机号是<b>13800138000</b>"} {
		got, spans := Text(s, "")
		if len(spans) == 0 || strings.Contains(got, "1111 1111") || strings.Contains(got, "ann.lee") || strings.Contains(got, "4821") || strings.Contains(got, "138001") {
			t.Errorf("%q: %q, %v", s, got, spans)
		}
	}
}
