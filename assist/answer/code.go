package answer

// Names of the sentences around a code that a caller keys in to prove who they are.
const (
	SayCode       = "code"        // please key it in
	SayCodeWrong  = "code_wrong"  // once more
	SayCodeRight  = "code_right"  // thank you
	SayCodeFailed = "code_failed" // it was not right, we go on without
	SayCodeNone   = "code_none"   // nothing was keyed
)

// codeSentences are apart from the others since only some companies give their customers a code.
func codeSentences() map[string]map[string]string {
	return map[string]map[string]string{
		SayCode:       {"en": "Please key in your code now, then press the hash key.", "zh": "请输入您的密码，按井号键结束。"},
		SayCodeWrong:  {"en": "That was not right. Please key it in once more, then press the hash key.", "zh": "输入有误，请重新输入，按井号键结束。"},
		SayCodeRight:  {"en": "Thank you, that was right.", "zh": "谢谢，验证通过。"},
		SayCodeFailed: {"en": "I'm sorry, that was not right. Let's go on without it.", "zh": "抱歉，验证未通过，我们先继续。"},
		SayCodeNone:   {"en": "I did not get a code. Let's go on without it.", "zh": "没有收到输入，我们先继续。"},
	}
}

// SayOfCode returns a sentence around a code by language, nil for an unknown name.
func SayOfCode(name string) map[string]string { return codeSentences()[name] }

// CodePrompts are all sentences around a code in lang.
func CodePrompts(lang string) []string {
	all := codeSentences()
	var out []string
	for _, name := range []string{SayCode, SayCodeWrong, SayCodeRight, SayCodeFailed, SayCodeNone} {
		text := all[name][lang]
		if text == "" {
			text = all[name]["en"]
		}
		out = append(out, text)
	}
	return out
}
