package redact_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestAnnounced(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"my account number is 1234 5678":                           "my account number is [account]",
		"the account is one two three four five six":               "the account is [account]",
		"my PIN is 4271":                                           "my PIN is [secret]",
		"the code they sent me is four eight two nine one three":   "the code they sent me is [secret]",
		"482913 is my verification code":                           "[secret] is my verification code",
		"my password is Sunshine42!":                               "my password is [secret]",
		"the CVV is 123 and it expires soon":                       "the CVV is [secret] and it expires soon",
		"you can reach me on 555 0199":                             "you can reach me on [phone]",
		"my passport number is E12345678":                          "my passport number is [id]",
		"my driving licence is MORGA 753116":                       "my driving licence is MORGA 753116", // a word is no code
		"I was born on the fifth of March 1987":                    "I was born on [birth]",
		"date of birth: 05/03/1987":                                "date of birth: [birth]",
		"March the 5th nineteen eighty seven is my birthday":       "[birth] is my birthday",
		"My name is John Carter and I need help":                   "My name is [name] and I need help",
		"my name is john carter":                                   "my name is [name]",
		"Hi, this is Mary O'Neal, I lost my card":                  "Hi, this is [name], I lost my card",
		"Don Norman here. I need a statement":                      "[name] here. I need a statement",
		"I live at 42 Maple Street, Springfield":                   "I live at [address]",
		"send it to flat 3, 18 King's Road, London SW3 4AB please": "send it to [address] please",
		"it's seven four three Mason Lane":                         "it's [address]",
		"my postcode is SW1A 1AA":                                  "my postcode is [address]",
		"我叫王小明，想查一下余额":                                             "我叫[name]，想查一下余额",
		"我是李建国，卡丢了":                                                "我是[name]，卡丢了",
		"联系人是欧阳娜娜，电话是零一零六二三四五六七八":                                  "联系人是[name]，电话是[phone]",
		"the card ending in 4242":                                  "the card ending in [account]",
		"尾号4242的卡":                                                 "尾号[account]的卡",
		"手机号是一三八零零":                                                "手机号是[phone]",
		"验证码是四八二九一三":                                               "验证码是[secret]",
		"密码是abc123":                                                "密码是[secret]",
		"1234是我的密码":                                                "[secret]是我的密码",
		"我的护照号是E12345678":                                          "我的护照号是[id]",
		"我是一九八七年三月五号出生的":                                           "我是[birth]出生的",
		"出生日期1987年3月5日":                                            "出生日期[birth]",
		"生日是八七年三月五号":                                               "生日是[birth]",
		"我住在北京市朝阳区建国路88号3单元502室":                                   "我住在[address]",
		"地址是上海市徐汇区漕溪北路一百二十三弄五号":                                    "地址是[address]",
		"送到阳光花园3栋2单元501":                                           "送到[address]",
		"邮编是100020":                                                "邮编是[address]",
		"you sent me a code just now, it says 448 201":             "you sent me a code just now, it says [secret]",
		"the text message says six one one nine oh four":           "the text message says [secret]",
		"it's plus forty four twenty, seven nine four six oh nine": "it's [number]",
		"that's j dot petrov eighty five at outlook dot com":       "that's [email]",
		"This is Desmond Achebe speaking":                          "This is [name] speaking",
		"I'm Beatrice and I bought a kettle":                       "I'm [name] and I bought a kettle",
		"first name Yolanda, last name Figueroa":                   "first name [name], last name [name]",
		"my surname is Kowalczyk, K O W A L C Z Y K":               "my surname is [name], [name]",
		"we moved to flat 3b, 118 Kingsway, Leeds":                 "we moved to [address]",
		"my IBAN is GB29 NWBK 6016 1331 9268 19":                   "my IBAN is [account]",
		"driving licence number is MORGA657054SM9IJ":               "driving licence number is [id]",
		"身份证是一一零一零五一九四九一二三一零零二艾克斯":                                 "身份证是[id]",
		"短信说是 773812":                                              "短信说是 [secret]",
		"机主是我爱人王建国":                                                "机主是我爱人[name]",
		"收件人写陈思远":                                                  "收件人写[name]",
		"出生日期八八年腊月初三":                                              "出生日期[birth]",
		"车牌号京A88Q66":                                               "车牌号[id]",
		"我的微信号是 wxid_zhao88":                                       "我的微信号是 [account]",
		"我姓诸葛":                                                     "我姓[name]",
		// these stay
		"I'm British and this is Black Friday":  "I'm British and this is Black Friday",
		"the error code on the screen was 4048": "the error code on the screen was 4048",
		"this is Northwind Bank, hello":         "this is Northwind Bank, hello",
		"我妈妈高兴坏了":                               "我妈妈高兴坏了",
		"my password is not working":            "my password is not working",
		"I forgot my PIN and have 3 tries left": "I forgot my PIN and have 3 tries left",
		"my card was charged 5000 dollars":      "my card was charged 5000 dollars",
		"my order number is 12345678":           "my order number is 12345678",
		"the order ending in 4242":              "the order ending in 4242",
		"订单尾号4242什么时候发":                         "订单尾号4242什么时候发",
		"I'm happy with the account, thanks":    "I'm happy with the account, thanks",
		"call me in 10 minutes":                 "call me in 10 minutes",
		"is my name spelled wrong on the card":  "is my name spelled wrong on the card",
		"this is really annoying":               "this is really annoying",
		"the offer ends on March 5th 2027":      "the offer ends on March 5th 2027",
		"I waited two days on the way home":     "I waited two days on the way home",
		"agent 8023 speaking, how can I help":   "agent 8023 speaking, how can I help",
		"from 2000 to 2005":                     "from 2000 to 2005",
		"on 11/12/2025 14:30:00 it failed":      "on 11/12/2025 14:30:00 it failed",
		"工号8023为您服务":                            "工号8023为您服务",
		"密码重置后24小时生效":                           "密码重置后24小时生效",
		"信用卡5000元额度":                            "信用卡5000元额度",
		"我是黄金会员":                                "我是黄金会员",
		"我是高中生":                                 "我是高中生",
		"电话打了3次都没人接":                            "电话打了3次都没人接",
		"三月五号之前能到吗":                             "三月五号之前能到吗",
		"买了两个，一共一百二十块":                          "买了两个，一共一百二十块",
		"在南京路逛街":                                "在南京路逛街",
		"七天无理由退货":                               "七天无理由退货",
	} {
		if got, _ := redact.Text(in, ""); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestSessionKnowsWhatWasAsked(t *testing.T) {
	t.Parallel()
	type say struct {
		who        call.Party
		text, want string
	}
	for name, turns := range map[string][]say{
		"phone":           {{call.Agent, "Can I have your phone number please?", ""}, {call.Caller, "Sure, it's 555 0199", "Sure, it's [phone]"}},
		"asked back":      {{call.Bot, "What's your date of birth?", ""}, {call.Caller, "Sorry, what?", "Sorry, what?"}, {call.Bot, "Your date of birth, please.", ""}, {call.Caller, "the fifth of May eighty two", "[birth]"}},
		"split":           {{call.Caller, "My account number is", "My account number is"}, {call.Caller, "four two seven one, nine", "[account]"}},
		"split digits":    {{call.Caller, "it's one three eight", "it's [number]"}, {call.Caller, "double zero one three", "[phone]"}},
		"name":            {{call.Agent, "Who am I speaking with?", ""}, {call.Caller, "Priya Sharma", "[name]"}},
		"spelled":         {{call.Agent, "Could you spell your last name?", ""}, {call.Caller, "s h a r m a", "[name]"}},
		"postcode":        {{call.Bot, "And your postcode?", ""}, {call.Caller, "whiskey 2 0 alpha bravo", "[address]"}},
		"address":         {{call.Agent, "What's your address?", ""}, {call.Caller, "it's 12 the old mill", "it's [address]"}},
		"zh phone":        {{call.Agent, "请报一下您的手机号", ""}, {call.Caller, "嗯，幺三八零零", "嗯，[phone]"}},
		"zh code":         {{call.Agent, "麻烦提供一下验证码", ""}, {call.Caller, "四八二九一三", "[secret]"}},
		"zh name":         {{call.Bot, "请问您怎么称呼？", ""}, {call.Caller, "王小明", "[name]"}},
		"zh split":        {{call.Caller, "我的卡号是", "我的卡号是"}, {call.Caller, "六二二二", "[account]"}},
		"nothing asked":   {{call.Agent, "How can I help?", ""}, {call.Caller, "two of the four lamps are broken", "two of the four lamps are broken"}},
		"not the other":   {{call.Caller, "What's your phone number?", ""}, {call.Caller, "I have 12345 points", "I have 12345 points"}},
		"no longer asked": {{call.Agent, "What's your PIN?", ""}, {call.Caller, "I don't know", "I don't know"}, {call.Caller, "really", "really"}, {call.Caller, "no idea", "no idea"}, {call.Caller, "4141", "4141"}},
	} {
		var s redact.Session
		for _, turn := range turns {
			got, _ := s.Text(turn.who, turn.text)
			if turn.want != "" && got != turn.want {
				t.Errorf("%s: %q gave %q, want %q", name, turn.text, got, turn.want)
			}
			s.Heard(turn.who, turn.text)
		}
	}
}

func FuzzSession(f *testing.F) {
	f.Add("What's your name?", "John")
	f.Add("验证码是多少", "四八二九")
	f.Add("my number is", "5 5 5 \xff")
	f.Fuzz(func(t *testing.T, first, second string) {
		if len(first)+len(second) > 400 {
			return
		}
		var s redact.Session
		s.Heard(call.Agent, first)
		masked, spans := s.Text(call.Caller, second)
		end := 0
		for _, p := range spans {
			if p.Start < end || p.End <= p.Start || p.End > len(strings.ToValidUTF8(second, "\uFFFD")) {
				t.Fatalf("spans of %q: %+v", second, spans)
			}
			end = p.End
		}
		if len(spans) == 0 && masked != strings.ToValidUTF8(second, "\uFFFD") {
			t.Fatalf("%q became %q without a span", second, masked)
		}
	})
}

func TestTimesOfWhatIsMasked(t *testing.T) {
	t.Parallel()
	at := func(s float64) call.Offset { return call.Offset(s * 1e9) }
	tr := asr.Transcript{Text: "my pin is 4 2 7 1 thanks", Lang: "en", Start: at(10), End: at(14)}
	for i, w := range strings.Fields(tr.Text) {
		tr.Words = append(tr.Words, asr.Word{Text: " " + w, Start: at(10 + float64(i)/2), End: at(10.4 + float64(i)/2)})
	}
	got := redact.Times(tr, redact.Transcript(tr))
	if len(got) != 1 || got[0] != [2]call.Offset{at(11.3), at(13.6)} {
		t.Errorf("with words: %v", got)
	}
	tr.Words[6].Slack = at(0.5) // the last figure: its place was reckoned
	if got := redact.Times(tr, redact.Transcript(tr)); len(got) != 1 || got[0] != [2]call.Offset{at(11.3), at(14.1)} {
		t.Errorf("with a word that is not sure: %v", got)
	}
	tr.Words = nil
	if got := redact.Times(tr, redact.Transcript(tr)); len(got) != 1 || got[0] != [2]call.Offset{at(9.8), at(14.2)} {
		t.Errorf("without words: %v", got)
	}
	tr.Text = "thanks"
	if got := redact.Times(tr, redact.Transcript(tr)); got != nil {
		t.Errorf("nothing masked: %v", got)
	}
}
