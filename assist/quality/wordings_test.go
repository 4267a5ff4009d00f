package quality

import (
	"strings"
	"testing"
)

// TestWordings checks what questions in the words of other forms are understood to ask, and which answer is the bad one.
func TestWordings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		en, zh, what string
		bad          Value
	}{
		{"Was it clear to the caller who was speaking and for which organisation?", "", "company", No},
		{"Did the agent say who they are and where they are calling from?", "", "company", No},
		{"", "客服接听时是否自报家门？", "ownname", No},
		{"", "接通后客服有没有说明自己是哪家公司的哪位？", "company", No},
		{"Was the caller's identity established before any account detail was shared?", "", "identity", No},
		{"Did the agent run through the security questions prior to accessing the account?", "", "identity", No},
		{"Did the agent make sure that they were talking to the account holder?", "", "identity", No},
		{"Did the caller pass security before account details were given?", "", "identity", No},
		{"", "谈及账户之前客服有没有确认对方是本人？", "identity", No},
		{"", "客服是否先做了安全验证再办理业务？", "identity", No},
		{"", "客服有没有在没确认来电人是谁的情况下就查了订单？", "identity", Yes},
		{"Did the agent get to the bottom of why the caller rang?", "", "need", No},
		{"Did the agent grasp the reason for the call?", "", "need", No},
		{"", "客服是否抓住了客户来电的目的？", "need", No},
		{"", "客服有没有听懂客户要办什么？", "need", No},
		{"Was the caller informed about any cost involved?", "", "fee", No},
		{"Did the agent quote the right price?", "", "fee", No},
		{"", "客服是否讲清了要花多少钱？", "fee", No},
		{"Were all legally required statements made?", "", "disclosure", No},
		{"Did the agent tell the caller all that has to be told?", "", "disclosure", No},
		{"Was the compulsory wording read out?", "", "disclosure", No},
		{"", "规定要说的话客服是否都说了？", "disclosure", No},
		{"", "客服是否履行了告知义务？", "disclosure", No},
		{"Did the agent stay within what they may commit to?", "", "promise", No},
		{"Did the agent keep from making commitments they cannot keep?", "", "promise", No},
		{"Did the agent raise false hopes?", "", "promise", Yes},
		{"Were any binding assurances given without approval?", "", "promise", Yes},
		{"", "客服有没有乱许诺？", "promise", Yes},
		{"", "客服是否没有向客户拍胸脯？", "promise", No},
		{"", "有无越权答应客户的要求？", "promise", Yes},
		{"Was the agent's tone appropriate?", "", "rude", No},
		{"Did the agent lose their temper?", "", "rude", Yes},
		{"Did the agent talk down to the caller?", "", "rude", Yes},
		{"Did the agent keep their composure and stay pleasant?", "", "rude", No},
		{"", "客服态度是否良好？", "rude", No},
		{"", "客服有没有对客户发脾气？", "rude", Yes},
		{"", "客服说话是否得体？", "rude", No},
		{"", "客服是否出现了怼客户的情况？", "rude", Yes},
		{"Did the agent show that they cared about the caller's trouble?", "", "empathy", No},
		{"Were the caller's feelings taken seriously?", "", "empathy", No},
		{"", "客服有没有体谅客户的心情？", "empathy", No},
		{"", "客户发火时客服有没有先稳住客户？", "empathy", No},
		{"Did the agent give the caller room to explain?", "", "interrupt", No},
		{"Did the agent speak over the caller?", "", "interrupt", Yes},
		{"", "客服是否抢话？", "interrupt", Yes},
		{"Was the caller warned before being put on hold?", "", "hold", No},
		{"Did the agent explain what will happen now?", "", "timeframe", No},
		{"Was the caller told when to expect an answer?", "", "timeframe", No},
		{"", "客服有没有讲明后面怎么办？", "timeframe", No},
		{"", "是否告诉客户什么时候能办好？", "timeframe", No},
		{"Did the agent finish by offering more help?", "", "furtherhelp", No},
		{"", "挂电话前有没有问客户还要办什么？", "furtherhelp", No},
		{"Was the caller given correct information?", "", "accuracy", No},
		{"Did the agent say anything that is untrue?", "", "accuracy", Yes},
		{"", "客服说的是否都对？", "accuracy", No},
		{"", "客服有没有说错？", "accuracy", Yes},
		{"Did the agent ask for anything secret, like a PIN?", "", "secretask", Yes},
		{"", "客服是否没有问客户要密码？", "secretask", No},
		{"If the caller was angry, was that acknowledged?", "", "empathy", No},
		{"If the caller had to wait, were they thanked?", "", "hold", No},
		{"Wanted time not free: something else offered?", "", "alternative", No},
		{"", "想要的时间没有：给了别的选择吗？", "alternative", No},
		{"Did the agent offer a solution to the caller's problem?", "", "resolved", No},
		{"Outcome repeated at the end?", "", "recap", No},
		{"", "结束前是否把说好的过一遍？", "recap", No},
	} {
		lang := "[en]"
		if c.en == "" {
			lang = "[zh]"
		}
		q := mustParse(t, strings.Replace(oneQuestion(c.en, c.zh), "[en]", lang, 1)).Questions[0]
		names := make([]string, len(q.plan.want))
		found := false
		for i, w := range q.plan.want {
			names[i] = w.name
			found = found || w.name == c.what
		}
		if !found || q.FailOn != c.bad {
			t.Errorf("%s%s: understood as %v, the bad answer is %s; want %s, %s", c.en, c.zh, names, q.FailOn, c.what, c.bad)
		}
	}
}
