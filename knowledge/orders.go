package knowledge

import (
	"regexp"

	"github.com/parley-voice/parley/nlu/hanzi"
)

var (
	ordersEn = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget|override|stop following) (?:all |any |the |your |my |of |those |these |everything )*(?:previous|prior|above|earlier|other)? ?(?:rules|instructions|prompts?|guidelines|text|passages)\b|\bsystem prompts?\b|\bprompt ?:` +
		`|\b(?:ai|a\.i\.|language model|llm|chat ?bot|assistant|bot)s?\b[^.!?。]{0,60}\b(?:must|should|will|shall|always|never|answer|reply|respond|say|state|tell|dial|call|append|act)\b` +
		`|\b(?:instructions?|notes?|messages?) (?:to|for) (?:the |an |all )?(?:ai|assistant|bot|chat ?bot|language model|llm|machine)s?\b|\byou are (?:now )?(?:an? |the )?(?:\w+ ){0,3}(?:ai|assistant|bot|chat ?bot|language model)\b` +
		`|\bif you are an? (?:large )?(?:ai|language model|llm|bot)\b|\bfrom now on,? you\b|\b(?:respond|reply) (?:only )?with\b|^\s*[\[<]+\s*(?:system|admin|assistant|inst)\b|\bmaintenance mode\b`)
	ordersZh = regexp.MustCompile(`(?:忽略|无视|忘记|不要理会|覆盖)(?:你|您|之前|以上|上述|上面|所有|一切|全部|的)*(?:规则|指令|提示|指示|要求|内容|资料)|系统提示|提示词` +
		`|(?:智能助手|人工智能|语言模型|大模型|聊天机器人|机器人|(?i:\bai))[^。！？]{0,40}(?:必须|应当|应该|一律|总是|须知|不要|请|附上|回答|回复|进入)` +
		`|(?:给|致)(?:智能助手|人工智能|机器人|大模型|ai)的|你是(?:一个|一名)?[^。，]{0,10}(?:助手|机器人|模型|人工智能)|如果你是[^。，]{0,8}(?:模型|机器人|ai)|从现在开始,?你|维护模式|^\s*[\[【<]+\s*(?:系统|管理员|助手)`)
)

// Orders returns the first words of a text that read like an order to a machine rather than like knowledge, "" when there
// are none. Such a text may be approved and spoken as it is, but no language model is given it.
func Orders(text string) string {
	if m := ordersEn.FindString(text); m != "" {
		return m
	}
	return ordersZh.FindString(hanzi.Simplify(hanzi.Fold(text)))
}
