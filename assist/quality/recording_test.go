package quality

import (
	"strings"
	"testing"
)

// TestRecordingFirst checks that a notice of recording that has to come before details are taken is neither taken for a check of who calls
// nor found in time when it is not.
func TestRecordingFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		en, zh string
		call   Call
		want   Value
	}{
		{"Was the caller told that the call is recorded before the agent took any personal detail (name, postcode, number)?", "",
			dialogue("A: Good morning, Hearth Line, this is Jo.", "C: Hi, I need a sweep.", "A: What's your name and postcode, please?", "C: Ann Lee, LS1 4AB."), No},
		{"Was the caller told that the call is recorded before the agent took any personal detail (name, postcode, number)?", "",
			dialogue("A: Good morning, Hearth Line, this is Jo. This call is recorded.", "C: Hi, I need a sweep.", "A: What's your name and postcode, please?", "C: Ann Lee, LS1 4AB."), Yes},
		{"Was the caller told that the call is recorded before the agent took any personal detail (name, postcode, number)?", "",
			dialogue("A: Good morning, Hearth Line, this is Jo.", "C: Hi, I need a sweep.", "A: What's your name and postcode, please?", "C: Ann Lee, LS1 4AB.", "A: Thank you. Calls are recorded, by the way."), No},
		{"Recording announced prior to asking for name or address?", "",
			dialogue("A: Hello, Jo speaking. Can I take your surname and house number?", "C: Lee, number nine.", "A: I should say that we record this call."), No},
		{"", "在询问或核对客户任何个人信息（姓名、电话、地址）之前，是否告知通话会被录音？",
			dialogue("A: 您好，清新家，我是小李。", "C: 我想约个上门。", "A: 请问您贵姓，地址是哪里？", "C: 姓王，翠竹园三栋。"), No},
		{"", "在询问或核对客户任何个人信息（姓名、电话、地址）之前，是否告知通话会被录音？",
			dialogue("A: 您好，清新家，本次通话会录音，我是小李。", "C: 我想约个上门。", "A: 请问您贵姓，地址是哪里？", "C: 姓王，翠竹园三栋。"), Yes},
		{"", "登记客户资料前有没有先提示录音？",
			dialogue("A: 您好，我是小李。麻烦报一下您的手机号和住址。", "C: 一三八零零零零。", "A: 好的，跟您说一下这个电话是录音的。"), No},
		{"", "索取姓名电话之前，是否说明本电话录音？",
			dialogue("A: 您好，我是小李，电话有录音，您请讲。", "C: 我想约个上门。", "A: 您的手机号是多少？"), Yes},
		{"", "在询问或核对任何个人信息、谈具体业务之前告知对方通话会被录音",
			dialogue("A: 您好，清新家，我是小李。", "C: 我想约个上门。", "A: 请问您贵姓，手机号是多少？", "C: 姓王。", "A: 好的，通话会录音。"), No},
	} {
		lang := "[en]"
		if c.en == "" {
			lang = "[zh]"
			c.call.Lang = "zh"
		}
		f := mustParse(t, strings.Replace(oneQuestion(c.en, c.zh), "[en]", lang, 1))
		card, err := New(Options{}).Judge(t.Context(), f, c.call)
		if err != nil || card.Answers[0].Value != c.want {
			t.Errorf("%s%s: %+v, %v, want %s", c.en, c.zh, card.Answers, err, c.want)
		}
	}
}
