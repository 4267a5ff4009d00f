package nlu

import "testing"

// TestPerson holds that every way to ask for a person is understood, and that talk about people is not taken for it.
func TestPerson(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"Can I talk to someone?", "I'd rather talk to a human", "human agent please", "let me talk to a real human being", "get me a human",
		"I wanna speak to somebody", "agent agent agent", "talk to agent", "speak to representative", "real person please", "live agent",
		"I need help from a person", "can a person help me", "could I have a human please", "please transfer me", "connect me", "put me through",
		"transfer me please", "I want to speak with a customer service representative about my bill", "is anyone there I can talk to",
		"I don't want to talk to you, I want a person", "this isn't working, get me an agent", "Hello, may I speak to a person?",
		"I would like to speak to the manager", "speak to human", "Talk to a person.", "A person, please.", "A human, please.",
		"Could you connect me with someone who can help?", "I need to speak to someone in the mortgage department", "I'd like to talk to an actual person",
		"customer support please", "Operator!", "please let me talk with a human operator", "forget it, human", "I want to talk to the bank staff",
		"can you get somebody for me",
		"我要跟人工客服说话", "有人工吗", "人工客服在吗", "转接", "我要人", "帮我接人工", "换人工", "有没有真人客服", "请转接客服", "我想和客服通话", "客服", "我需要人工帮助", "叫人来", "别跟我说这些转人工", "我不想跟你说了帮我转人工",
		"能帮我转到人工客服吗", "麻烦转人工谢谢", "我想找一个真人", "找真人客服", "接客服", "请帮我转接人工服务", "你解决不了转人工吧", "我要找人工", "人工台", "让人工来", "让真人接", "我要和人说话", "你好请转人工", "我想跟工作人员说话",
		"帮我找个客服", "能不能找个人跟我说", "我要人工服务", "转到人工", "转客服人员",
	} {
		if got := command(Turn{Text: s}, Language(s, "en")); got.command != Person {
			t.Errorf("%q: command %q, want a person", s, got.command)
		}
	}
	for _, s := range []string{
		"do I need to speak to an adviser to open an account", "how many staff do you have", "can someone else use my card", "can my wife speak for me",
		"what does a mortgage adviser cost", "I want to send money to another person", "can I add a second person to my account",
		"transfer money to a person abroad", "I need a personal loan", "how do I transfer money to someone", "can I give my card to someone",
		"how can I contact you by email", "someone stole my card", "I need a human readable statement", "a person used my card without permission",
		"can I call you at night", "I want to change my customer number", "call me an ambulance", "how do I become an agent",
		"I need to transfer to my savings account", "can I transfer an account to a person", "I talked to someone yesterday about a refund",
		"do you have a support email", "connect my bank account to an app", "I got a call from someone saying they are from the bank",
		"is there a person limit on the account", "Do you have a customer service number", "who can I speak to my wife is the account holder",
		"人工费怎么算", "换个人收货可以吗", "别人可以用我的卡吗", "我想给别人转账", "人工客服上班时间", "能找人代收吗", "可以让别人帮我签收吗", "转账给别人要手续费吗", "有人工智能功能吗", "客服电话是多少", "快递员说要找客服", "联系客服没人回复怎么退款",
		"客服几点下班", "人工授权怎么弄", "找人代付可以吗", "你们的客服态度不好", "要人脸识别吗", "我要退货", "要换货", "想换一件",
	} {
		if got := command(Turn{Text: s}, Language(s, "en")); got.command != None {
			t.Errorf("%q: command %q, want none", s, got.command)
		}
	}
}
