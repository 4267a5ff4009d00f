package nlu

import "testing"

func TestCommands(t *testing.T) {
	t.Parallel()
	want := map[Command][]string{
		Person: {
			"agent", "Agent.", "a human please", "Human!", "real person", "representative", "operator, please", "um, operator", "I want to talk to a human", "can I speak to a real person?",
			"speak to someone", "I'd like to speak with somebody", "transfer me to an agent", "please connect me to customer service", "put me through to someone", "give me a human", "I need an agent",
			"get me a representative now", "customer service", "no, I want to speak to a person", "ok agent", "I don't want to talk to a robot", "I lost my card and I want to speak with a person",
			"can I get an operator", "could you put me through to a member of staff", "let me speak to your manager", "why can't I talk to a person", "is there a real person there", "just get me a person",
			"how can I talk to a human being", "can someone call me", "0", "zero", "representative representative", "I want a real human", "don't you have a real person I can talk to",
			"人工", "转人工", "人工客服", "我要人工", "找人工客服", "帮我转人工", "请转人工服务", "转接人工", "我要找真人", "我想和真人说话", "能不能转人工", "给我接人工客服", "有没有人，我要人工", "我不想跟机器人说话",
			"转客服", "叫你们客服来", "麻烦转一下人工", "找个人跟我说", "人工人工", "零", "0", "人公", "转仁工", "转人功", "人工服务", "我要轉人工", "嗯，人工", "我要投诉，转人工", "别废话了转人工", "能转人工吗", "我想找你们经理",
		},
		Repeat: {"repeat", "Say that again", "can you repeat that please", "pardon?", "sorry, what was that", "I didn't catch that", "what did you say", "one more time", "再说一遍", "没听清", "请重复一遍", "你说什么", "不好意思我没听清楚", "什么", "能再说一次吗"},
		Yes:    {"yes", "Yeah.", "yep", "sure", "that's right", "yes please", "uh huh", "correct", "of course", "是的", "对", "对对对", "好的", "可以", "没错", "嗯", "是的谢谢"},
		No:     {"no", "nope", "no thanks", "not really", "neither", "that's not it", "none of those", "不是", "不对", "都不是", "不用了", "不用了谢谢", "没有", "不需要"},
		Stop:   {"stop", "wait", "hold on", "one moment please", "be quiet", "等一下", "停", "稍等", "别说了", "等等"},
		Goodbye: {
			"bye", "goodbye", "that's all thanks", "that's all", "nothing else", "thanks, bye", "bye bye", "no that's all", "再见", "拜拜", "没有了谢谢再见", "就这样", "没别的问题了", "没事了", "好的谢谢再见", "不用了谢谢再见", "不用了,谢谢,再见。", "算了再见", "no thanks, goodbye", "no thank you bye",
		},
		English: {"English please", "speak English", "can you speak English?", "do you speak English", "说英文", "你会说英语吗", "能用英语吗"},
		Chinese: {"speak Chinese please", "Mandarin", "can we speak Mandarin", "说中文", "可以说中文吗", "请讲普通话", "中文服务"},
		None: {
			"the agent was rude", "I don't want an agent", "I do not need to speak to a representative", "I spoke to an agent yesterday", "your agent told me the wrong thing", "what are your customer service hours",
			"without talking to an agent please", "how do I stop a cheque", "stop payment on a check", "how do I repeat an order", "what's my balance", "I want to open an account for someone", "do you have an English statement",
			"yes I would like to know about fees for transfers abroad but only in euro", "is the human resources office open", "a second card for my wife",
			"不要转人工", "我不要人工", "人工客服几点上班", "刚才人工客服说可以退", "人工客服态度很差", "人工智能是什么", "不用转人工了你告诉我就行", "怎么退货", "停止自动续费怎么操作", "第一次购物有优惠吗", "有英文说明书吗", "等一下发货可以吗", "", "...", "我想问问运费是多少",
		},
	}
	for cmd, texts := range want {
		for _, s := range texts {
			lang := Language(s, "en")
			if got := command(Turn{Text: s, Lang: lang}, lang); got.command != cmd {
				t.Errorf("%q: command %q, want %q", s, got.command, cmd)
			}
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"the first one": 1, "second": 2, "number two please": 2, "the last one": -1, "one": 1, "um the third option": 3, "the former": 1,
		"第一个": 1, "第二个吧": 2, "后面那个": -1, "我选第一个": 1, "二": 2, "前面那个": 1, "第三个": 3, "最后一个": -1,
	} {
		lang := Language(s, "en")
		if got := command(Turn{Text: s, Offered: true}, lang); got.command != Choice || got.choice != want {
			t.Errorf("%q: %q %d, want choice %d", s, got.command, got.choice, want)
		}
		if got := command(Turn{Text: s}, lang); got.command == Choice {
			t.Errorf("%q: a choice although nothing was offered", s)
		}
	}
	for s, want := range map[string]Command{
		"yes the card one": Yes, "no I meant the other thing": No, "对我要退货": Yes, "不是我要换货": No, "okay": Yes, "my card is lost": None,
	} {
		lang := Language(s, "en")
		if got := command(Turn{Text: s, Offered: true}, lang); got.command != want {
			t.Errorf("offered, %q: %q, want %q", s, got.command, want)
		}
	}
}

func TestCollectingZero(t *testing.T) {
	t.Parallel()
	if got := command(Turn{Text: "0", Collecting: true}, "en"); got.command != None {
		t.Errorf("a digit while collecting is %q", got.command)
	}
	if got := command(Turn{Text: "operator", Collecting: true}, "en"); got.command != Person {
		t.Errorf("operator while collecting is %q", got.command)
	}
}

func TestBackchannels(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"uh-huh": true, "mm": true, "okay": true, "I see": true, "right right": true, "嗯": true, "嗯嗯": true, "好的": true, "哦，知道了": true, "对对": true,
		"okay but what about fees": false, "wait": false, "好的那运费呢": false, "agent": false, "": false, "I see what you mean about cards": false,
	} {
		lang := Language(s, "en")
		if got := command(Turn{Text: s}, lang); got.backchannel != want {
			t.Errorf("%q: backchannel %v, want %v", s, got.backchannel, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"hello": "en", "你好": "zh", "我的 iPhone 坏了": "zh", "what does 你好 mean in English": "en", "12": "fr", "": "fr", "VIP 会员": "zh"} {
		if got := Language(s, "fr"); got != want {
			t.Errorf("Language(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"agent", "转人工", "no, agent", "第二个", "\xff", "zhuan 人公"} {
		f.Add(s, true)
	}
	f.Fuzz(func(_ *testing.T, s string, offered bool) {
		if len(s) < 400 {
			command(Turn{Text: s, Offered: offered}, Language(s, "en"))
		}
	})
}
