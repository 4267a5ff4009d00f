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

// Tags inside a word part nothing.
func TestMarkupInsideWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"my password is hunter<b>2</b>, yes":               "my password is [secret]</b>, yes",
		"my password is Gan<b>net77</b>":                   "my password is [secret]</b>",
		"write to ann<b>.lee</b>@example.com":              "write to [email]",
		"My name is <b>Zebedee</b> <i>Quillfeather</i>.":   "My name is <b>[name]</i>.",
		"4111<br>1111<br/>1111<BR>1111":                    "[card ••11]",
		"<p>我的手机号是138<b>0013</b>8000</p><p>谢谢</p>":         "<p>我的手机号是[phone]</p><p>谢谢</p>",
		"<b>very</b> <i>important</i>, 3 < 4 and <script>": "<b>very</b> <i>important</i>, 3 < 4 and <script>",
	} {
		if got, _ := Text(text, ""); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}
