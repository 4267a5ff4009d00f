package knowledge

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Clean takes out of a spoken sentence what does not belong to the question: greetings, fillers, politeness and "I was
// wondering whether". When nothing would be left the text is returned as it is. Both the words and the vector of a
// query are made from the cleaned text.
func Clean(text, lang string) string {
	if language(lang, text) == "zh" {
		return cleanZh(text)
	}
	return cleanEn(text)
}

// Phrases that may open or close a question, longest alternatives first where one begins another. They are taken off
// the ends again and again; in the middle only sounds of hesitation are taken out.
var (
	enOpen = regexp.MustCompile(`(?i)^(?:(?:(?:hi|hiya|hello|hey)(?: there)?|good (?:morning|afternoon|evening|day)|oh|ah|well|so|okay|ok|right|yes|yeah|yep|sure|alright|now|and|but|also|then|anyway|actually|basically|please|sorry|excuse me|thanks|thank you|listen|you know|i mean|sir|madam|guys|team|everyone|` +
		`sorry to (?:bother|trouble) you|(?:i'?m|i am|this is) calling (?:about|because|to (?:ask|find out|check|see))|(?:a )?quick question|just a (?:quick )?question|one (?:more |last )?(?:thing|question)|` +
		`(?:i )?(?:was|am|were|'m) (?:just )?(?:wondering|curious|hoping)(?: (?:if|whether|about|to know))?|i'?m (?:just )?(?:wondering|curious)(?: (?:if|whether|about|to know))?|` +
		`(?:if )?(?:(?:can|could|would|may|might) (?:you|i|somebody|someone|anyone)|you (?:can|could|would|might)|somebody could|someone could)(?: (?:please|maybe|possibly|perhaps|kindly|just))*(?: (?:tell|ask|help|explain|remind|let|inform|advise|show) ?(?:to )?(?:me|us|you)?)(?: (?:please|know|out|understand|find out|with|about|to know))*(?: (?:whether|if))?|` +
		`(?:do|did|would) you (?:happen to )?(?:know|mind telling me|be able to tell me)(?: (?:if|whether|about))?|` +
		`(?:i )?(?:just )?(?:want|wanted|would like|'d like|need|needed|have|had|got|like)(?: to)? (?:just )?(?:ask|know|find out|check|see|understand|learn|enquire|inquire)(?: (?:you|about))*(?: (?:if|whether|about|something|a question))*|` +
		`i(?:'d| would) like to (?:ask|know|find out|check|see|understand)(?: (?:you|about))*(?: (?:if|whether))?|` +
		`i(?:'ve| have)(?: got)? (?:a |one |another )?(?:quick |small |little )?question(?: (?:about|regarding|on|for you))?|` +
		`(?:my|the) question is(?: about)?|tell me(?: (?:if|whether|about))?|i (?:don'?t|do not) (?:know|understand|remember)(?: (?:if|whether))?|` +
		`let me ask(?: you)?(?: something)?|is it possible for you to tell me|any (?:idea|chance)(?: (?:if|whether|you (?:know|could tell me)))?)(?:[\s,.!?;:-]+|$))+`)
	enClose    = regexp.MustCompile(`(?i)(?:[\s,.!?;:-]+(?:please|thanks(?: (?:a lot|so much|very much|in advance))?|thank you(?: (?:so much|very much|in advance))?|cheers|bye|okay|ok|right|you know|if (?:that'?s|it'?s|you) (?:ok|okay|possible|all right|don'?t mind|can)|or something|or anything|or so|can you (?:help|tell me|check)(?: me)?(?: with (?:that|this))?|could you (?:help|tell me)(?: me)?(?: with (?:that|this))?|any (?:idea|ideas|help)|i guess|i think|by the way|exactly))+[\s,.!?;:-]*$`)
	enHesitate = regexp.MustCompile(`(?i)(^|[\s,.])(?:u+m+|u+h+|e+r+m*|a+h+|h+m+|mhm|uh-huh|erm|eh|kind of|sort of|you know,|i mean,)([\s,.?!]|$)`)
	spaces     = regexp.MustCompile(`\s+`)
)

func cleanEn(text string) string {
	s := strings.ReplaceAll(text, "’", "'")
	for range 4 {
		before := s
		s = enHesitate.ReplaceAllString(s, "$1 $2")
		s = strings.TrimLeft(strings.TrimSpace(spaces.ReplaceAllString(s, " ")), " ,.!?;:-")
		s = enOpen.ReplaceAllString(s, "")
		s = enClose.ReplaceAllString(s, "")
		if s == before {
			break
		}
	}
	return orWhole(s, text, 2)
}

var (
	zhOpen = regexp.MustCompile(`^(?:(?:喂|哎|诶|欸|嗨|哈喽|哈啰|您好|你好|你们好|早上好|上午好|中午好|下午好|晚上好|客服|亲|亲爱的|老师|小姐|先生|美女|帅哥|请|麻烦|劳驾|不好意思|打扰一下|打扰了|抱歉|对不起|嗯|呃|额|啊|哦|噢|那个|这个|那|就是说|就是|然后|所以|其实|是这样的|是这样|我说|话说|` +
		`(?:我|我们)?(?:就|是|也|还|只)?(?:想要|想|要|需要)?(?:请)?(?:咨询|请教|请问|打听|了解|询问|知道|问)(?:一下子|一下下|一下|下|一声|个问题|个事|件事|看看|问)?(?:你们|您们|你|您)?(?:家|这边|那边|这里|那里)?(?:的)?|` +
		`(?:请)?(?:麻烦|帮|给)(?:你|您|我)?(?:帮我|给我)?(?:查一下|看一下|问一下|查查|看看|说一下|讲一下|解释一下|介绍一下)|(?:能不能|可不可以|可以|能|能否)(?:请)?(?:告诉我|帮我|给我|麻烦)(?:说一下|讲一下|查一下|看一下|解释一下|介绍一下|一下)?|告诉我(?:一下)?|你(?:们)?知道|我(?:有)?(?:个|一个)?问题(?:是|想问)?|有个问题)[\s,，.。!！?？、:：~～]*)+`)
	zhClose    = regexp.MustCompile(`(?:[\s,，.。!！?？、~～]*(?:谢谢(?:你|您|啦|了)?|多谢|感谢|麻烦(?:你|您)?了|拜托了?|好吗|好不好|行吗|可以告诉我吗|能告诉我吗|告诉我一下|帮我看一下|帮我查一下|你知道吗|您知道吗|知道吗|请问|啊|呀|呢|哈|哦|噢|嘛|啦|吧))+[\s,，.。!！?？、~～]*$`)
	zhHesitate = regexp.MustCompile(`[嗯呃唔诶欸]+[\s,，.。、…]*|(?:那个|这个)[,，、…]+|[…]+`)
)

func cleanZh(text string) string {
	s := hanzi.Simplify(strings.TrimSpace(text))
	for range 4 {
		before := s
		s = zhHesitate.ReplaceAllString(s, "")
		s = zhOpen.ReplaceAllString(s, "")
		s = zhClose.ReplaceAllString(s, "")
		if s == before {
			break
		}
	}
	return orWhole(s, text, 2)
}

// orWhole returns s, or the whole text when fewer than least letters of it are left.
func orWhole(s, whole string, least int) string {
	if len([]rune(strings.Trim(s, " ,.!?，。！？"))) < least {
		return strings.TrimSpace(whole)
	}
	return strings.TrimSpace(s)
}
