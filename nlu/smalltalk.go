package nlu

import "regexp"

// Whole utterances of small talk, in normal form.
var smallTalk = []struct {
	intent string
	en, zh *regexp.Regexp
}{
	{IntentHowAreYou,
		regexp.MustCompile(`^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|so|and)(?: there)? )*(?:how are you|how are you doing|hows it going|how do you do|how is it going|whats up|how have you been|how are things)(?: today| doing)*$`),
		regexp.MustCompile(`^(?:你好|您好|嗨)*(?:你好吗|最近好吗|最近怎么样|你怎么样|吃了吗|你还好吗|今天好吗)$`)},
	{IntentWhoAreYou,
		regexp.MustCompile(`^(?:(?:hi|hello|so|and|sorry|but|wait|hey) )*(?:who are you|what are you|who is this|whos this|who am i (?:speaking|talking) (?:to|with)|are you (?:a |an )?(?:real )?(?:robot|bot|machine|human|person|real|computer|ai|recording|real person|human being)|whats your name|what is your name|is this a (?:robot|bot|machine|recording|real person)|am i (?:talking|speaking) to (?:a |an )?(?:robot|bot|machine|human|real person|person|computer)|what can you do|what can you help(?: me)? with)$`),
		regexp.MustCompile(`^(?:你好|您好|请问|那)*(?:你是谁|您是谁|你是机器人吗?|您是机器人吗?|你是真人吗|你是人吗|你是人还是机器人|你是不是机器人|你叫什么(?:名字)?|你是人工吗|你能做什么|你会什么|你可以做什么|你能帮我(?:做)?什么|你有什么功能|你是哪位|哪位)(?:啊|呀|呢)?$`)},
	{IntentThanks,
		regexp.MustCompile(`^(?:(?:ok|okay|great|perfect|right|good|fine|alright|oh|ah|well|yes|yeah|lovely|brilliant|excellent|wonderful|got it|i see|all right|thats great|thats good) )*(?:thanks|thank you|thank you very much|thank you so much|thanks a lot|thanks so much|many thanks|much appreciated|cheers|thank you for your help|thanks for your help|thank you for the information|ta|i appreciate it|thats very helpful thank you|thats helpful|that helps|that helped)(?: (?:thanks|thank you|very much|so much|a lot|for that|for your help|then|sir|madam))*$`),
		regexp.MustCompile(`^(?:好的|好|嗯|行|哦|明白了|知道了|了解了|那)*(?:谢谢|多谢|感谢|谢了|谢谢你|谢谢您|非常感谢|辛苦了|谢谢啊|谢谢了|麻烦你了|麻烦您了|太感谢了|谢谢帮助)+(?:啊|了|哈|啦)?$`)},
	{IntentCompliment,
		regexp.MustCompile(`^(?:(?:wow|oh|well|thanks|thank you) )*(?:youre (?:great|amazing|awesome|very helpful|so helpful|wonderful|brilliant|good|nice|very kind|the best)|good (?:job|bot|work)|well done|i like you|i love you|thats (?:amazing|awesome|wonderful|brilliant)|nice|amazing|awesome|excellent|brilliant|very good)(?: (?:thanks|thank you))*$`),
		regexp.MustCompile(`^(?:哇|哦|嗯)*(?:你真(?:棒|好|厉害|聪明|不错)|太棒了|真棒|很好|真不错|你很好|厉害|不错|你太好了|非常好|你真是太好了)(?:啊|呀|哦)?$`)},
	{IntentComplaint,
		regexp.MustCompile(`^(?:(?:this is|thats|it is|its|you are|youre|oh|what a|so|really|absolutely) )*(?:i (?:want|would like|need|have) to (?:make|file|lodge) a complaint|i (?:want|would like) to complain|i have a complaint|ridiculous|useless|terrible|awful|rubbish|stupid|so annoying|annoying|unacceptable|a joke|a waste of (?:my )?time|you dont understand(?: me| anything)?|you are not helping|youre not helping(?: me)?|this is not working|i am (?:very |really |so )?(?:angry|upset|annoyed|frustrated|disappointed)|im (?:very |really |so )?(?:angry|upset|annoyed|frustrated|disappointed))$`),
		regexp.MustCompile(`^(?:我要投诉|我想投诉|我要投诉你们|投诉|我要举报|太差了|太差劲了|垃圾|什么垃圾|你听不懂吗|你听不懂人话吗|气死我了|气死了|烦死了|真烦|太过分了|什么破玩意|没用|一点用都没有|你们太坑了|你们的服务太差了|服务太差了|服务真差|太气人了)(?:啊|了|吧)*$`)},
	{IntentGreeting,
		regexp.MustCompile(`^(?:(?:um|uh|oh|yes|yeah|and|so|well|okay|ok) )*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|howdy|anyone there|anybody there|is anyone there|is anybody there|are you there|can you hear me|hi there|hello there|testing)(?: (?:there|hi|hello|again|are you there|can you hear me|sir|madam|everyone|good (?:morning|afternoon|evening)|i have a question|i need help|i need some help|can you help me|could you help me))*$|^(?:i have a (?:quick )?question|i need (?:some )?help|can you help me|could you help me|help|help me|i have a problem|id like to ask something|can i ask (?:you )?(?:a question|something))(?: please)?$`),
		regexp.MustCompile(`^(?:喂|你好|您好|嗨|哈喽|哈啰|早上好|上午好|下午好|晚上好|中午好|大家好|你好啊|您好啊|有人吗|在吗|在不在|你在吗|能听到吗|听得到吗|喂喂|hello|hi|请问)+(?:我想问一下|我有个问题|我想咨询一下|咨询一下|我有问题)?$|^(?:我想问一下|我有个问题|我想咨询一下|咨询一下|我有问题|我要咨询|帮帮我|我需要帮助|能帮我一下吗|我想咨询个问题|请问一下|问个问题|我想问个问题)$`)},
}

// smallTalkOf is the intent of a whole utterance of small talk, "" when it is something else. plain is in normal form.
func smallTalkOf(plain, squeezed string) string {
	for _, t := range smallTalk {
		if t.en.MatchString(plain) || t.zh.MatchString(squeezed) {
			return t.intent
		}
	}
	return ""
}
