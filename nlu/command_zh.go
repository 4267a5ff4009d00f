package nlu

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

var (
	fillersZH = regexp.MustCompile(`^(?:嗯+|呃+|额+|啊+|哦+|噢|唉|哎|诶|喂|那个|这个|就是|那|请问|请|麻烦你|麻烦您|麻烦|您好|你好|好的|好吧|好|行|可以|能不能|可不可以|能|给我|帮我|我要|我想要|我想|我|要|快点|赶紧|赶快|直接|先|不好意思|谢谢)+`)
	tailZH    = regexp.MustCompile(`(?:谢谢你|谢谢您|谢谢|好吗|好不好|行吗|可以吗|吧|呀|啊|呢|吗|了|嘛|一下|哈|谢了)+$`)

	wholePersonZH = regexp.MustCompile(`^(?:有没有|有|还有)?(?:(?:人工|真人|活人)(?:客服|服务|坐席|座席|台|接听|帮助)?(?:人员|小姐|小姐姐)?|客服(?:人员|代表|小姐|专员)?|接线员|话务员|转(?:接)?(?:客服|坐席|座席|人)|转接|找人|人工){1,3}(?:在|在不在|有没有)?$`)
	askPersonZH   = regexp.MustCompile(`(?:让|转接|转到|转入|转|接通|接到|接入|接|找|要|叫|换|联系|呼叫|请|跟|和|与|同|需要|想要|给我|帮我|来|切换到|切到|进入)(?:一?[个位名])?(?:你们的?|您们的?|一下)?(?:的)?(?:真正的|真的)?(?:人工|真人|活人|客服人员|客服代表|接线员|话务员|坐席|座席|客服经理)`)
	askServiceZH  = regexp.MustCompile(`(?:转接|转到|转|接通|接|找|叫|换|呼叫)(?:一?[个位名])?(?:你们的?)?客服`)
	talkPersonZH  = regexp.MustCompile(`(?:跟|和|与|同|找)(?:一?[个位]|你们的?|真的?)*(?:人|客服|经理|主管|领导|负责人|工作人员|员工|店员)(?:来)?(?:说|聊|讲|谈|通话|对话|沟通|处理|解决|接)|(?:找|叫|换|来)(?:一?[个位])?(?:你们)?(?:的)?(?:人来|人(?:$|来|说|聊|接|跟|和|帮我|处理|解决|吧|服务)|工作人员|经理|主管|领导|负责人|大活人)|^我?就?要人$`)
	noMachineZH   = regexp.MustCompile(`(?:不想|不要|不愿意|别|讨厌|不)(?:再)?(?:跟|和|与|同|听)?(?:你|这个|这)?(?:机器人|机器|电脑|ai|智能客服)`)
	negatedZH     = regexp.MustCompile(`(?:不要|不用|不想|不需要|不必|别|无需|不是|没有|不|没|避免)(?:再|给我|帮我|请|你|我|麻烦|去|想)*$`)
	questionZH    = regexp.MustCompile(`(?:能不|可不|要不|不能|怎么不|为什么不|干嘛不)(?:再|给我|帮我|请|你|我|去)*$`)
	mentionZH     = regexp.MustCompile(`几点|多久|什么时间|工作时间|服务时间|上班|下班|电话是|号码是|态度|告诉我|人工费|人工智能|人工成本|人工审核|人工湖|人工呼吸|(?:客服|人工)说(?:可|要|是|的|不|了|已|会|过|没|有|能)|服务费|没人|收费|坐席说`)
	pastZH        = regexp.MustCompile(`(?:刚才|刚刚|昨天|之前|上次|前天|早上|已经)[^，。]{0,4}$|(?:员|他|她|商家|卖家|店家|朋友|他们)说[^，。]{0,3}$`)

	repeatZH = regexp.MustCompile(`再(?:说|讲|重复|念|报|来)(?:一)?[遍次]|重复(?:一)?[遍次下]|重新说|没(?:有)?听(?:清|懂|到|见|明白)|听不(?:清|懂|到|见)|没听$|再说一下|再讲一下|刚(?:才|刚)(?:你)?说(?:的)?(?:是)?(?:什么|啥)|^(?:你|您)?说(?:的)?(?:什么|啥)$|^(?:什么|啥|重复|再说|啊什么|什么意思)$|说慢(?:一)?点|慢(?:一)?点说`)
	stopZH   = regexp.MustCompile(`^(?:等(?:一)?下|等等|等会儿?|等一会儿?|稍等|等一等|稍等一下|停|停一下|停停|停下|暂停|别说了?|先别说|不要说了?|闭嘴|安静|打住|够了|别讲了?|等我一下|你等等|你等一下|你先别说|你先停|我想想|让我想想)+$`)
	byeZH    = regexp.MustCompile(`^(?:不用麻烦了?|不用了?|不需要了?|不必了?|不了|算了|没事了?)?(?:谢谢)?(?:没(?:有)?(?:别的|其他|其它)?(?:问题|事|需要)?了?)?(?:就这样|就这些|先这样|那就这样|就到这)?(?:谢谢)?(?:再见|拜拜|拜|挂了|我挂了|挂断|再会|回见|晚安)+$|^(?:没(?:有)?别的|没(?:有)?其他的?|没(?:有)?其它的?|没(?:有)?问题|没事|没有|不需要别的)(?:问题|事|需要)?了$|^(?:就这样|就这些|先这样|那就这样|就到这里?)$|^结束通话$|^挂电话$`)
	yesZH    = regexp.MustCompile(`^(?:是|是的|是啊|对|对的|对啊|对呀|没错|嗯|嗯嗯|好|好的|好啊|好吧|好呀|行|行吧|可以|可以的|要|要的|需要|当然|当然可以|正确|就是|就是这个|就是它|就这个|是这个|对就是这个|没问题|同意|确认|确定|嗯好|嗯对|嗯是|ok|是是|对对|是我要的|我要|想|愿意|麻烦你了|那好|那行|有)+$`)
	noZH     = regexp.MustCompile(`^(?:不|不是|不对|不要|不用|不用谢谢|不需要|不行|没有|没|都不是|都不对|不是这个|不是这些|不是的|不是这样|错|错误|算|算了|不必|别|没错误|不想|不了|不可以|不好|都不要|一个都不是|两个都不是|不是我要的|否|不愿意|另外的|别的|其他的|都不|不是那个|不是不是|不不|不用不用)+(?:了)?$`)
	leadYes  = regexp.MustCompile(`^(?:是的|对的|对|嗯|好的|没错|可以)`)
	leadNo   = regexp.MustCompile(`^(?:不是|不对|不要|都不是|不用)`)
	english  = regexp.MustCompile(`^(?:你|您|我|能|会|可以|想|要|请|用|换|成|改|切换|到|转|说|讲|跟我|和我|给我|使用|帮我|是否|吗|直接)*(?:英文|英语)(?:服务|客服|模式|交流|对话|沟通|来说|说|讲|好吗|可以吗|行吗|吗|吧|说话)*$`)
	chinese  = regexp.MustCompile(`^(?:你|您|我|能|会|可以|想|要|请|用|换|成|改|切换|到|转|说|讲|跟我|和我|给我|使用|帮我|是否|吗|直接|不会英语|听不懂英文|还是)*(?:中文|汉语|普通话|国语|华语)(?:服务|客服|模式|交流|对话|沟通|来说|说|讲|好吗|可以吗|行吗|吗|吧|说话)*$`)
	choiceZH = regexp.MustCompile(`^(?:我|要|选|是|说|的|想|问|应该|就|那|嗯|那个|选择|对|好|不是|你)*(?:第|选项)?([一二三1-3]|两|前者|前面|前|后者|后面|后|最后)(?:种|个|项|条|一个|那个|的)*(?:吧|问题|选项|的|啊|谢谢)*$`)

	backchannelZH = regexp.MustCompile(`^(?:嗯+|哦+|噢+|啊+|好|好的|好吧|行|对|是|是的|对的|明白|明白了|知道了|知道|了解|了解了|这样|这样啊|原来如此|ok|唔|哈|嘿|呃)+$`)
)

func commandZH(plain string, offered bool) heard {
	s := strings.ReplaceAll(plain, " ", "")
	h := heard{backchannel: backchannelZH.MatchString(s)}
	if asked, alone := isPersonZH(s); asked {
		return heard{command: Person, alone: alone}
	}
	core := tailZH.ReplaceAllString(fillersZH.ReplaceAllString(s, ""), "")
	is := func(re *regexp.Regexp) bool { return re.MatchString(s) || core != "" && re.MatchString(core) }
	if m := choiceZH.FindStringSubmatch(s); m != nil && offered {
		return heard{command: Choice, choice: choiceOfZH(m[1]), alone: true}
	}
	h.alone = true
	switch {
	case is(english):
		h.command = English
	case is(chinese):
		h.command = Chinese
	case is(stopZH):
		h.command = Stop
	case is(byeZH):
		h.command = Goodbye
	case yesZH.MatchString(s) || yesZH.MatchString(tailZH.ReplaceAllString(s, "")):
		h.command = Yes
	case noZH.MatchString(s) || noZH.MatchString(tailZH.ReplaceAllString(s, "")):
		h.command = No
	case repeatZH.MatchString(s) && utf8.RuneCountInString(s) <= 20 || core != "" && repeatZH.MatchString(core) && utf8.RuneCountInString(core) <= 8:
		h.command = Repeat
	default:
		h.alone = false
		if offered && leadYes.MatchString(s) {
			h.command = Yes
		} else if offered && leadNo.MatchString(s) {
			h.command = No
		}
	}
	return h
}

// isPersonZH reports whether the caller asks for a person (人工), and whether that is all they said.
func isPersonZH(s string) (asked, alone bool) {
	core := tailZH.ReplaceAllString(fillersZH.ReplaceAllString(s, ""), "")
	if wholePersonZH.MatchString(core) && !negatedZH.MatchString(s[:strings.Index(s, core)]) {
		return true, true
	}
	for _, re := range []*regexp.Regexp{askPersonZH, askServiceZH, talkPersonZH} {
		for _, m := range re.FindAllStringIndex(s, -1) {
			before := s[:m[0]]
			if negatedZH.MatchString(before) && !questionZH.MatchString(before) || pastZH.MatchString(before) || mentionZH.MatchString(s) {
				continue
			}
			return true, utf8.RuneCountInString(s)-utf8.RuneCountInString(s[m[0]:m[1]]) <= 8
		}
	}
	if noMachineZH.MatchString(s) {
		return true, true
	}
	return soundsLikePerson(s, core), true
}

// Syllables of 人工 after a request, as a recogniser may have written them: 转仁工, 人公客服.
var (
	soundPerson      = regexp.MustCompile(`(?:^| )(?:zhuan|zuan|jie|zhao|yao|jiao|huan)(?: dao| ge| yi ge| yi xia)? r?en gong(?: |$)`)
	soundWholePerson = regexp.MustCompile(`^(?:r?en gong)(?: ke (?:fu|hu)| fu wu| zuo xi)?(?: r?en gong)*$`)
)

// soundsLikePerson compares by toneless pinyin; texts that do contain 人工 have been judged before.
func soundsLikePerson(s, core string) bool {
	if strings.Contains(s, "人工") || utf8.RuneCountInString(s) > 16 || core == "" {
		return false
	}
	sound := strings.Join(hanzi.Pinyin(s), " ")
	sound = strings.ReplaceAll(sound, "reng ", "ren ")
	if m := soundPerson.FindStringIndex(sound); m != nil {
		words := len(strings.Fields(sound[:m[0]]))
		before := []rune(s)
		return !negatedZH.MatchString(string(before[:min(words, len(before))]))
	}
	return soundWholePerson.MatchString(strings.ReplaceAll(strings.Join(hanzi.Pinyin(core), " "), "reng ", "ren "))
}

func choiceOfZH(word string) int {
	switch word {
	case "一", "1", "前者", "前面", "前":
		return 1
	case "二", "2", "两":
		return 2
	case "三", "3":
		return 3
	}
	return -1
}
