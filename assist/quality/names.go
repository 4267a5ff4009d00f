package quality

import (
	"regexp"
	"strings"
)

var (
	nameEN = regexp.MustCompile(`\b(?:[Mm]y name(?:'s| is)|[Yy]ou(?:'re| are) (?:speaking|talking) (?:to|with)|[Tt]he name's|[Cc]all me) (?:the )?([A-Za-z][\w-]+)|\b(?:I'm|I am|[Tt]his is|[Ii]t's|[Ii]'m) ([A-Z][a-z]+)\b|\b([A-Z][a-z]+) (?:speaking|here\b|at your service|on the line)|\bthis is ([a-z]+) (?:speaking|how|from|at|with|in|on)\b|\b(?:i'm|i am) ([a-z]+) (?:from|with|and|how|your)\b|\b([a-z]+) (?:speaking|on the line)\b|\bthis is ([a-z]+)(?:[,.]| calls?\b| can\b| what\b|$)|\b[Yy]ou(?:'ve| have) got ([A-Z][a-z]+)\b|\w+ \w+,? you(?:'re| are) through to ([A-Za-z][a-z]+)(?:[,.]| how\b| what\b| can\b|$)`)
	// notNames follow "I'm" and "this is" without being anybody's name.
	notNames = words(`sorry afraid happy here going not calling glad just looking checking the a an your our is who am are about pleased from with in on customer support northern you still really very so only ok okay right great good fine that this what how all it service services
bank sales billing technical help helpdesk claims monday tuesday wednesday thursday friday english we i someone well hello hi thanks thank yes no please sure done back currently listening able unable ready trying working interested confident absolutely certain terrible awful strange ringing phoning`)
	companyNoun = `bank|banking|insurance|assurance|energy|telecom\w*|mobile|broadband|group|ltd|limited|shop|stores?|council|hotline|helpdesk|airlines?|airways|hotels?|clinic|power|water|gas|electric\w*|motors|care|direct|online|media|travel|rail|railways?|logistics|parcels?|express|delivery|retail|home|homes|credit|card|cards|finance|financial|savings|building society|mutual|wealth|capital|tech|technology|software|systems|networks?|networks|supermarkets?|outlet|market|pharmacy|university|city hall|tax office|office|agency|department|customer (?:service|services|care|support|team)|support|services?|industries|manufacturing|appliances?|electronics|machines?|tools`
	companyEN   = regexp.MustCompile(`(?:\b(?:this is|you're through to|you are through to|you've reached|you have reached|welcome to|calling from|thank(?:s| you) for (?:calling|phoning|ringing|contacting|choosing)|from|at|with|here at|to|^hello,?|^hi,?|morning,?|afternoon,?|evening,?)\s+(?:the )?)((?:[a-z&'-]+ ){0,3}?(?:` + companyNoun + `))\b`)
	thanksFor   = regexp.MustCompile(`\b(?:thank(?:s| you) for (?:calling|phoning|ringing|contacting|choosing)|welcome to|you're through to|you've reached|you have reached|calling from) (?:the )?([a-z][\w-]+)`)
	vagueFirm   = regexp.MustCompile(`^(?:your|our|my|a|which|what|the|that|this|any|another|customer|us|you|in|today|back|with|me|i|help|how)\b.*|^(?:customer )?(?:support|service|services|care|team|department|office|online|mobile|home|card|credit)$`)
	proper      = regexp.MustCompile(`\b[A-Z][A-Za-z&]+\b`)
	common      = words(`hello hi good morning afternoon evening day how my this i thank thanks welcome can may could what yes is are please the your sorry for and name speaking calling today you i'm it's we our let okay ok right sure no a an of at mr mrs ms miss dr sir madam
who do did have would that there so just before monday tuesday wednesday thursday friday saturday sunday not well hey customer service services support team yep yeah yup cool order number one moment if which help to in on it as with am`)
	zhFirm   = `银行|公司|集团|保险|商城|客服|热线|中心|电信|移动|联通|证券|基金|医院|酒店|大厅|服务台|平台|旗舰店|商店|专营店|店|航空|电力|燃气|科技|电器|汽车|物流|快递|超市|售后|局|厂|政务|支付|网|出行|外卖|制造|机械|家电|电子|人寿|财险|街道|社区|办|家居|优选|严选|便民`
	firmZH   = regexp.MustCompile(`(?:这里是|这边是|这是|我是|欢迎(?:您)?(?:致电|拨打|来到|使用|来电)|感谢(?:您)?(?:致电|拨打|来电|选择)|^您好[，,！!。 ]*|^你好[，,！!。 ]*|[，,。！! ]|^)\s*([\p{Han}a-z0-9]{1,10}?(?:` + zhFirm + `))`)
	hereIs   = regexp.MustCompile(`^(?:这里是|这边是|这是|我是|我们是|欢迎(?:您)?(?:致电|拨打|来到|来电)|感谢(?:您)?(?:致电|拨打|来电))`)
	pairName = regexp.MustCompile(`^ [A-Z][a-z]`)
	firmLead = regexp.MustCompile(`^,? (good|how|hello|hi|can i|may i|what can)\b`)
	vagueZH  = regexp.MustCompile(`^(?:我们?|贵|你们|您的|您|哪|客户?|人工|服务|在线|请|这|那|本|什么|智能|一|打|查|办|有|要|可以|能|帮)`)
	nameZH   = regexp.MustCompile(`(?:我叫|我姓|敝姓)[\p{Han}a-z]|我是[^，,。]{0,6}?\p{Han}(?:老师|医生|大夫|师傅|经理)(?:[，,。！ ]|请|您|很|为|$)|工号[\p{Han}:： ]{0,3}[\d一二三四五六七八九零〇幺a-z]|(?:我是|这里是|这边是|我是.{0,12}的)[\p{Han}a-z]{0,12}?小[\p{Han}](?:[，,。！! ]|很|为|请|，|$)|(?:客服|专员|坐席|顾问|经理|话务员|工程师|客户经理)[\p{Han}]{0,2}?(?:小[\p{Han}]{1,2}|[\p{Han}]{2,3})(?:，|,|。|！|很高兴|为您|竭诚|请问|$)|[\d一二三四五六七八九零〇幺]{2,8}号?(?:客服|坐席|话务员|专员)?(?:[\p{Han}]{0,3})?(?:，|,)?(?:很高兴)?为您服务|小[\p{Han}](?:，|,)?(?:很高兴|竭诚|将)?为您服务|我是[\p{Han}]{2,3}[，,。！]|(?:^|[，,。！ ]|我是|这里是)[\d一二三四五六七八九零〇幺]{2,8}号(?:话务员|客服|坐席|专员|员工|接线员)?(?:[，,。！]|$)|免贵姓|(?:^|[，,。])姓\p{Han}[，,。]|叫我小|由[\p{Han}]{2,3}为您服务`)
	noName   = regexp.MustCompile(`我是(?:客服|银行|中心|公司|说|问|想|在|要)(?:[，,。！]|$)|客服(?:中心|热线|部门|人员)|我叫(?:什么|人|车)`)
)

// hiddenName is where the agent's own name stood before it was masked.
var hiddenName = pat(`\b(?:my name(?:'s| is)|i'm|i am|this is|it's|call me|(?:speaking|talking) (?:to|with)) (?:the |an? )?\[name\]|\[name\] (?:speaking|here|at your service|on the line)\b`, `(?:我是|我叫|我姓|敝姓|免贵姓|这里是|这边是)[^，,。\[]{0,10}\[name\]|\[name\][^，,。]{0,4}为您服务`)

// name looks for the company's or the agent's name in the opening.
func (j *judge) name(q *Question, c concept, window []sentence) outcome {
	for _, s := range window {
		m := ownName(s)
		if c.name == "ownname" && m == nil && s.turn == j.agent[0] {
			m = bareName(s)
		}
		if c.name == "company" {
			if m = firm(s, m, s.turn == j.agent[0]); m == nil {
				m = hintedName(q, s)
			}
		}
		if m != nil {
			return j.found(s, m, 0.85, "wording", "a name was given")
		}
	}
	if c.name == "company" {
		if s, m := j.heading(window); m != nil {
			return j.found(s, m, 0.6, "wording", "the call was answered with a name")
		}
	}
	return absent("no name was given in the opening")
}

// bareName is where the first words of the agent are two names and the second is a person's: "Tidewater Museum, Dominic."
func bareName(s sentence) []int {
	if m := bareEN.FindStringSubmatchIndex(s.raw); m != nil && len(s.raw) == len(s.text) && !common[strings.ToLower(s.raw[m[4]:m[5]])] && !common[strings.ToLower(s.raw[m[2]:m[3]])] {
		return m[4:6]
	}
	if m := bareZH.FindStringSubmatchIndex(s.text); m != nil {
		return m[2:4]
	}
	return nil
}

var (
	bareEN = regexp.MustCompile(`^(?:Good \w+, |Hello, |Hi, )?([A-Z][\w'&]*)[^.,?!]*, ([A-Z][a-z]+)[.!]?$`)
	bareZH = regexp.MustCompile(`^(?:您好|你好)?[，,]?[^，,。]{2,12}[，,](小\p{Han})[。，,！!]?`)
)

// hintedName is where s says the beginning of a name that stands in a hint: who knows the place says less than all of it.
func hintedName(q *Question, s sentence) []int {
	for _, list := range q.Hints {
		for _, h := range list {
			short := ""
			if m := proper.FindString(h); len(m) > 3 && !common[strings.ToLower(m)] && strings.HasPrefix(h, m) {
				short = strings.ToLower(m)
			} else if rs := hanOnly(fold(h)); len(rs) >= 3 && len(rs) <= 8 && !clauseZH.MatchString(string(rs)) {
				short = string(rs[:2])
			}
			if at := strings.Index(s.text, short); short != "" && at >= 0 {
				return []int{at, at + len(short)}
			}
		}
	}
	return nil
}

// heading is where the first words of the agent are only a name: "Northline Mobile, Owen here", "星河通信，请讲".
func (j *judge) heading(window []sentence) (sentence, []int) {
	if len(window) == 0 || window[0].turn != j.agent[0] {
		return sentence{}, nil
	}
	for i, s := range window {
		if i > 1 || s.turn != j.agent[0] {
			break
		}
		if m := headEN.FindStringSubmatchIndex(s.raw); m != nil && len(s.raw) == len(s.text) {
			return s, m[2:4]
		}
		if m := headZH.FindStringSubmatchIndex(s.text); m != nil && !clauseZH.MatchString(s.text[m[2]:m[3]]) {
			return s, m[2:4]
		}
	}
	return sentence{}, nil
}

var (
	headEN   = regexp.MustCompile(`^(?:(?:Hello|Hi|Hey|Good \w+|Welcome to|Thanks? (?:you )?for calling)[,.!]? )?((?:[A-Z][\w&'.]*(?: (?:of|and|the|for|[A-Z&][\w&'.]*))+))(?:,| here\b|\.$|$)`)
	headZH   = regexp.MustCompile(`^(?:您好|你好|喂|早上好|上午好|下午好)?[，,]?(?:欢迎(?:致电|来电|拨打)?|这里是|这儿是)?(\p{Han}{4,12}?)(?:您好|你好|[，,。]|$)`)
	clauseZH = regexp.MustCompile(`请|您|你|我|什么|有|是|说|问|帮|吗|呢|怎|好|要|在|哪`)
)

// ownName is where an agent's own name stands in s.
func ownName(s sentence) []int {
	if m := hiddenName.find(s.text); m != nil {
		return m
	}
	raw := strings.NewReplacer("’", "'", "‘", "'").Replace(s.raw)
	for _, m := range nameEN.FindAllStringSubmatchIndex(raw, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] < 0 || notNames[strings.ToLower(raw[m[g]:m[g+1]])] {
				continue
			}
			if rest := strings.ToLower(raw[m[g+1]:]); regexp.MustCompile(`^ (?:` + companyNoun + `)\b`).MatchString(rest) {
				continue // "this is Northwind Bank"
			}
			return []int{m[0], m[1]}
		}
	}
	t := noName.ReplaceAllString(s.text, "　")
	if m := nameZH.FindStringIndex(t); m != nil {
		if t == s.text {
			return m
		}
		return []int{0, len(s.text)}
	}
	return nil
}

// firm is where a company's name stands in s; own is where the agent's name does.
func firm(s sentence, own []int, first bool) []int {
	for _, m := range companyEN.FindAllStringSubmatchIndex(s.text, -1) {
		if !vagueFirm.MatchString(s.text[m[2]:m[3]]) {
			return m[2:4]
		}
	}
	for _, m := range thanksFor.FindAllStringSubmatchIndex(s.text, -1) {
		if !vagueFirm.MatchString(s.text[m[2]:m[3]]) {
			return m[2:4]
		}
	}
	for _, m := range firmZH.FindAllStringSubmatchIndex(s.text, -1) {
		from := m[2] + len(hereIs.FindString(s.text[m[2]:m[3]]))
		if rest := s.text[from:m[3]]; !vagueZH.MatchString(rest) && len([]rune(rest)) > 2 {
			return []int{from, m[3]}
		}
	}
	if !first || s.asks && own == nil && !strings.Contains(s.text, ",") {
		return nil
	}
	for _, m := range proper.FindAllStringIndex(s.raw, -1) {
		if rest := s.raw[m[1]:]; m[0] == 0 && !pairName.MatchString(rest) && !firmLead.MatchString(strings.ToLower(rest)) {
			continue
		}
		w := strings.ToLower(s.raw[m[0]:m[1]])
		if common[w] || own != nil && m[0] >= own[0] && m[1] <= own[1] || len(w) < 3 {
			continue
		}
		return m
	}
	return nil
}
