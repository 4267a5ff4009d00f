package redact

import (
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestChangedTo checks that what a password was or will be changed to is hidden, also where nobody asked for it.
func TestChangedTo(t *testing.T) {
	t.Parallel()
	none := &scripted{logit: -9} // a model that holds nothing private
	for _, c := range []struct{ agent, caller, want string }{
		{"您的管理密码还是初始的吗？", "改成九五二七零零了。", "改成[secret]了。"},
		{"请不要把密码告诉我，换一下再试。", "那我换成阿拉丁2026算了。", "那我换成[secret]算了。"},
		{"请不要把密码告诉我，换一下再试。", "那我换成指纹算了。", "那我换成指纹算了。"},
		{"密码重置好了。", "好，我设成咸鱼807吧。", "好，我设成[secret]吧。"},
		{"Is it still the password it came with?", "No, I changed it to Marmalade99.", "No, I changed it to [secret]."},
		{"Please don't tell me the password, change it and try again.", "I'll set it to otterbank seven seven four then.", "I'll set it to [secret] then."},
		{"Please don't tell me the password, change it and try again.", "I'll set it to something else then.", "I'll set it to something else then."},
		{"The delivery is on Monday.", "Change it to Tuesday, please.", "Change it to Tuesday, please."},
		{"密码重置好了，上门时间呢？", "改成三月二十八号下午吧。", "改成三月二十八号下午吧。"},
		{"Your password is reset. And the visit?", "Change it to Tuesday 14 May please.", "Change it to Tuesday 14 May please."},
		{"送货是周一。", "改成3月28号吧。", "改成3月28号吧。"},
	} {
		s := Session{Sense: NewSense(map[string]Tagger{"en": none, "zh": none})}
		s.Heard(call.Agent, c.agent)
		if got, _ := s.Text(call.Caller, c.caller); got != c.want {
			t.Errorf("%s | %s: %s, want %s", c.agent, c.caller, got, c.want)
		}
	}
}
