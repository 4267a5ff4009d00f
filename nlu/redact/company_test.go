package redact

import (
	"math"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// talk is a conversation, "A" the agent's turns and "C" the caller's, in which «» marks what must be hidden in the last turn.
type talk struct {
	turns [][2]string
	want  string
}

// last is the last turn as it is masked.
func (t talk) last() string {
	var s Session
	got := ""
	for _, turn := range t.turns {
		who := map[string]call.Party{"A": call.Agent, "B": call.Bot, "C": call.Caller}[turn[0]]
		got, _ = s.Text(who, turn[1])
		s.Heard(who, got)
	}
	return got
}

// What is the company's own stays, and the same words stay hidden where they are the caller's.
func TestCompanysOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []talk{
		{[][2]string{{"A", "Good morning, my name is Philippa Marsh, how can I help?"}}, "Good morning, my name is Philippa Marsh, how can I help?"},
		{[][2]string{{"C", "Good morning, my name is Philippa Marsh."}}, "Good morning, my name is [name]."},
		{[][2]string{{"A", "You're through to Dominic in claims."}, {"C", "Hi Dominic, it's about the roof."}}, "Hi Dominic, it's about the roof."},
		{[][2]string{{"A", "You're through to Dominic in claims."}, {"C", "My name is Dominic, too."}}, "My name is [name], too."},
		{[][2]string{{"A", "Hello, am I speaking to Mrs Lockyer?"}}, "Hello, am I speaking to [name]?"},
		{[][2]string{{"C", "What's your address, I have a form to hand in."}, {"A", "It's 14 Castle Parade, Wrexham."}}, "It's 14 Castle Parade, Wrexham."},
		{[][2]string{{"C", "What address have you got for me?"}, {"A", "I have 14 Castle Parade, Wrexham."}}, "I have [address]."},
		{[][2]string{{"C", "What's the number for the depot?"}, {"A", "It's 01632 960 455."}, {"C", "01632 960 455, thanks"}}, "01632 960 455, thanks"},
		{[][2]string{{"C", "寄到lanxin点wei艾特163点com，电子版也行。"}, {"A", "电子版发到lanxin.wei@163.com，请确认。"}}, "电子版发到[email]，请确认。"},
		{[][2]string{{"A", "请把表发到我们售后，客服邮箱是service@zxq.example.cn。"}}, "请把表发到我们售后，客服邮箱是service@zxq.example.cn。"},
		{[][2]string{{"C", "他说他是客服，让我把银行卡六二二二零二幺零报给他。"}}, "他说他是客服，让我把银行卡[account]报给他。"},
		{[][2]string{{"C", "短信给我一个码，我念给人家了，是九，五，三，三，零，八。"}}, "短信给我一个码，我念给人家了，是[number]。"},
		{[][2]string{{"C", "我打过客服九五三三零八，没人接。"}}, "我打过客服九五三三零八，没人接。"},
		{[][2]string{{"A", "And your phone hasn't changed from 07700 900 206?"}}, "And your phone hasn't changed from [number]?"},
		{[][2]string{{"C", "Has your phone number changed from 01632 960 455?"}}, "Has your phone number changed from 01632 960 455?"},
		{[][2]string{{"A", "I can send Gareth Price round on Monday."}}, "I can send Gareth Price round on Monday."},
		{[][2]string{{"A", "I will send Gareth Price the form."}}, "I will send [name] the form."},
		{[][2]string{{"A", "If it gets worse, come straight to 40 Larkhill Road."}}, "If it gets worse, come straight to 40 Larkhill Road."},
		{[][2]string{{"A", "It was brought to 40 Larkhill Road."}}, "It was brought to [address]."},
		{[][2]string{{"A", "Our own address is 40 Larkhill Road."}}, "Our own address is 40 Larkhill Road."},
		{[][2]string{{"A", "We have 40 Larkhill Road here."}}, "We have [address] here."},
		{[][2]string{{"A", "Could somebody send photos to claims@wexcombe.example please."}}, "Could somebody send photos to claims@wexcombe.example please."},
		{[][2]string{{"A", "I have sent photos to lydia@wexcombe.example just now."}}, "I have sent photos to [email] just now."},
		{[][2]string{{"C", "Can you call me on 07700 900 206?"}, {"A", "900 206, thank you."}}, "[number], thank you."},
		{[][2]string{{"A", "If it doesn't fit, ring 0161 496 0300 and ask for the fitting desk."}}, "If it doesn't fit, ring 0161 496 0300 and ask for the fitting desk."},
		{[][2]string{{"A", "If you are late I'll ring 0161 496 0300."}}, "If you are late I'll ring [number]."},
		{[][2]string{{"A", "好，园址是文二西路300号。"}}, "好，园址是文二西路300号。"},
		{[][2]string{{"A", "好，住址是文二西路300号。"}}, "好，住址是[address]。"},
		{[][2]string{{"A", "站里电话换了，以后打63380099。"}}, "站里电话换了，以后打63380099。"},
		{[][2]string{{"A", "I can send Osric Fane back on Monday."}, {"A", "And what should Osric Fane bring?"}}, "And what should Osric Fane bring?"},
		{[][2]string{{"C", "这是公司总机，你记幺三五七零零八幺幺九二"}}, "这是公司总机，你记[phone]"},
		{[][2]string{{"C", "my mother-in-law, Gudrun Lie. L, I, E."}}, "my mother-in-law, [name]. [name]."},
		{[][2]string{{"A", "您好，我叫徐静，请讲"}}, "您好，我叫徐静，请讲"},
		{[][2]string{{"C", "您好，我叫徐静，来退票"}}, "您好，我叫[name]，来退票"},
		{[][2]string{{"C", "你们地址报我一下"}, {"A", "滨河路一百二十号，二楼"}}, "滨河路一百二十号，二楼"},
		{[][2]string{{"A", "好的高先生，马上处理"}}, "好的[name]，马上处理"},
		{[][2]string{{"A", "Fernhill Animal Hospital, Mrs Prowse."}, {"C", "Hello, Mrs Prowse"}}, "Hello, Mrs Prowse"},
		{[][2]string{{"A", "Fernhill Animal Hospital, Mrs Prowse?"}}, "Fernhill Animal Hospital, [name]?"},
		{[][2]string{{"A", "Right, Mrs Prowse, that is done."}}, "Right, [name], that is done."},
		{[][2]string{{"B", "What is your full name?"}, {"C", "sole vaig"}, {"B", "I heard soul vague. Is that right?"}}, "I heard [name]. Is that right?"},
		{[][2]string{{"B", "What is the order about?"}, {"C", "a sofa"}, {"B", "I heard a sofa. Is that right?"}}, "I heard a sofa. Is that right?"},
		{[][2]string{{"C", "Are you open on Saturday?"}, {"A", "Until noon. It's 01632 960 455 for directions."}}, "Until noon. It's 01632 960 455 for directions."},
		{[][2]string{{"C", "What time do you close?"}, {"A", "At six. I've sent it to jo.bloggs@harbourside.example."}}, "At six. I've sent it to [email]."},
		{[][2]string{{"C", "What time do you close?"}, {"A", "At six. Is Mr King still at 14 Castle Parade?"}}, "At six. Is [name] still at [address]?"},
		{[][2]string{{"C", "What's your e-mail address?"}, {"A", "It's hello@harbourside.example."}}, "It's hello@harbourside.example."},
		{[][2]string{{"C", "你们几点关门？"}, {"A", "六点，已经寄到幸福路三号了。"}}, "六点，已经寄到[address]了。"},
		{[][2]string{{"C", "Are you coming on Saturday?"}, {"A", "Until noon. It's 01632 960 455 for directions."}}, "Until noon. It's [number] for directions."},
		{[][2]string{{"A", "The number here is 01632 960 455."}}, "The number here is 01632 960 455."},
		{[][2]string{{"A", "You're through to Harbour Opticians on 020 7946 0311."}}, "You're through to Harbour Opticians on 020 7946 0311."},
		{[][2]string{{"A", "We got through to your neighbour, on 020 7946 0311."}}, "We got through to your neighbour, on [number]."},
		{[][2]string{{"B", "We are open on Sundays, at 14 Castle Parade, Wrexham."}}, "We are open on Sundays, at 14 Castle Parade, Wrexham."},
		{[][2]string{{"C", "We are open on Sundays, my number is 01632 960 455."}}, "We are open on Sundays, my number is [phone]."},
		{[][2]string{{"A", "We are open from eight, and your address is 14 Castle Parade, Wrexham?"}}, "We are open from eight, and your address is [address]?"},
		{[][2]string{{"A", "What is your address?"}, {"C", "14 Castle Parade, Wrexham"}, {"A", "Right, 14 Castle Parade, Wrexham. The depot opens at eight."}}, "Right, [address]. The depot opens at eight."},
		{[][2]string{{"A", "We deliver to 14 Castle Parade, Wrexham on Sunday, the depot opens at eight."}}, "We deliver to [address] on Sunday, the depot opens at eight."},
		{[][2]string{{"A", "The shop opens at nine. She lives at 14 Castle Parade, Wrexham."}}, "The shop opens at nine. She lives at [address]."},
		{[][2]string{{"A", "The number here is 07700 900123."}}, "The number here is [account]."},
		{[][2]string{{"A", "I will ring 01632 960 455 when we are open."}}, "I will ring [number] when we are open."},
		{[][2]string{{"A", "Oh seven seven hundred nine hundred one two three, we are open from nine."}}, "[number], we are open from nine."},
		{[][2]string{{"A", "My own mobile is 07700 900123, we are open from nine."}}, "My own mobile is [phone], we are open from nine."},
		{[][2]string{{"A", "您的地址是？"}, {"C", "幸福路三号阳光小区二栋"}, {"A", "好的，幸福路三号阳光小区二栋，我们九点营业。"}}, "好的，[address]，我们九点营业。"},
		{[][2]string{{"B", "您好这里是康师傅茶馆，地址在文昌路八十八号，早上七点营业到晚上十点。"}}, "您好这里是康师傅茶馆，地址在文昌路八十八号，早上七点营业到晚上十点。"},
		{[][2]string{{"A", "师傅八点上班，会打幺三八零零二二四四六六。"}}, "师傅八点上班，会打[phone]。"},
		{[][2]string{{"C", "Are you still at 14 Castle Parade, Wrexham?"}}, "Are you still at 14 Castle Parade, Wrexham?"},
		{[][2]string{{"A", "Are you still at 14 Castle Parade?"}}, "Are you still at [address]?"},
		{[][2]string{{"C", "明天我去店里，几点开门？"}, {"A", "八点，电话零五三二八六七七零零一二。"}}, "八点，电话零五三二八六七七零零一二。"},
		{[][2]string{{"B", "本馆开放时间九点到五点，电话八八二零六六六零。"}}, "本馆开放时间九点到五点，电话八八二零六六六零。"},
		{[][2]string{{"A", "您自己的车牌留一下。"}, {"C", "川A K 3 7 Z 6，川A的。"}, {"A", "川AK37Z6，好的，今天营地到晚上十点关门。"}}, "[id]，好的，今天营地到晚上十点关门。"},
		{[][2]string{{"A", "可以，到前台找值班经理汤先生。"}}, "可以，到前台找值班经理汤先生。"},
		{[][2]string{{"C", "他让我找他的经理汤先生。"}}, "他让我找他的经理[name]。"},
		{[][2]string{{"C", "我上班时间打不通，电话八八二零六六六零。"}}, "我上班时间打不通，电话[phone]。"},
		{[][2]string{{"B", "请问您贵姓？"}, {"C", "水"}, {"B", "我听到的是谁女士，对吗？"}}, "我听到的是[name]，对吗？"},
	} {
		if got := c.last(); got != c.want {
			t.Errorf("%v: %q, want %q", c.turns, got, c.want)
		}
	}
}

// The number of a thing that was asked for or named is nobody's; that of somebody is hidden.
func TestNumbersOfThings(t *testing.T) {
	t.Parallel()
	for _, c := range []talk{
		{[][2]string{{"A", "Have you got the order number there?"}, {"C", "yes it's seven oh four double three nine one"}}, "yes it's seven oh four double three nine one"},
		{[][2]string{{"A", "Have you got the order number there?"}, {"C", "yes it's seven oh four double three nine one"}, {"A", "Seven oh four double three nine one, one moment."}}, "Seven oh four double three nine one, one moment."},
		{[][2]string{{"A", "What's your passport number?"}, {"C", "Later. It's the reservation J4471862209."}}, "Later. It's the reservation J4471862209."},
		{[][2]string{{"A", "What's your passport number?"}, {"C", "Yes, J4471862209."}}, "Yes, [id]."},
		{[][2]string{{"A", "预约码是多少？"}, {"C", "7714。"}}, "7714。"},
		{[][2]string{{"A", "密码是多少？"}, {"C", "7714。"}}, "[secret]。"},
		{[][2]string{{"C", "瓶盖编号是零四九二幺"}}, "瓶盖编号是零四九二幺"},
		{[][2]string{{"A", "Have you got your account number there?"}, {"C", "yes it's seven oh four double three nine one"}}, "yes it's [account]"},
		{[][2]string{{"A", "Have you got the order number there?"}, {"C", "no, but my card is 4111 1111 1111 1111"}}, "no, but my card is [card ••11]"},
		{[][2]string{{"B", "Please say your meter reading."}, {"C", "zero one nine four seven"}}, "zero one nine four seven"},
		{[][2]string{{"C", "the meter reading is oh oh four one seven two"}}, "the meter reading is oh oh four one seven two"},
		{[][2]string{{"A", "订单号您报一下"}, {"C", "七七零四四二九九幺"}}, "七七零四四二九九幺"},
		{[][2]string{{"B", "MU5137因天气延误一小时。"}}, "MU5137因天气延误一小时。"},
		{[][2]string{{"A", "会员号是多少？"}, {"C", "MU5137。"}}, "[account]。"},
		{[][2]string{{"C", "My membership number is AC1234."}}, "My membership number is [account]."},
		{[][2]string{{"C", "my password is BA1234"}}, "my password is [secret]"},
		{[][2]string{{"C", "我的会员号是CA1234"}}, "我的会员号是[account]"},
		{[][2]string{{"C", "水表这个月是零零五四二"}}, "水表这个月是零零五四二"},
		{[][2]string{{"C", "水表的事打我电话，幺三八零零二二四四六六"}}, "水表的事打我电话，[phone]"},
		{[][2]string{{"A", "When did the accident happen?"}, {"C", "the third of May nineteen ninety nine"}}, "the third of May nineteen ninety nine"},
		{[][2]string{{"A", "When were you born?"}, {"C", "the third of May nineteen ninety nine"}}, "[birth]"},
	} {
		if got := c.last(); got != c.want {
			t.Errorf("%v: %q, want %q", c.turns, got, c.want)
		}
	}
}

// A name that a thing bears, or one of somebody who is there for everybody, is nobody's secret.
func TestKnownNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"it's the Charles Darwin wing, third floor":  "it's the Charles Darwin wing, third floor",
		"your engineer called Gareth Price was here": "your engineer called Gareth Price was here",
		"my neighbour Gareth Price was here":         "my neighbour [name] was here",
		"Gareth Price in your returns team said so":  "Gareth Price in your returns team said so",
		"孙中山纪念馆周一开不开门":                               "孙中山纪念馆周一开不开门",
		"收件人写孙鸣远":                                    "收件人写[name]",
	} {
		if got := (talk{turns: [][2]string{{"C", text}}}).last(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What the rules guess from looks needs a model's word; what was asked for, or whom the company addresses, does not.
func TestGuessesNeedAWord(t *testing.T) {
	t.Parallel()
	likely := (judged["en"].name + judged["en"].guess) / 2 // enough for a name that was asked for, and not for a guess
	logit := float32(math.Log(likely / (1 - likely)))
	unsure := func() *Session { return &Session{Sense: NewSense(map[string]Tagger{"en": &scripted{logit: logit}})} }
	const said = "it's Gareth Price again"
	if got, _ := unsure().Text(call.Caller, said); got != said {
		t.Errorf("a guess: %q", got)
	}
	s := unsure()
	s.Heard(call.Agent, "Can I take your name?")
	if got, _ := s.Text(call.Caller, said); got == said {
		t.Error("what was asked for stays")
	}
	if got, _ := unsure().Text(call.Agent, "Thank you Mr Price."); got != "Thank you [name]." {
		t.Errorf("who is addressed: %q", got)
	}
}

// A text of nobody knows who says it hides what is somebody's, whatever it says of hours.
func TestHoursOfWhoever(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"We are open until ten, call me on 07700 900123.":                  "We are open until ten, call me on [phone].",
		"We are open until ten: 07700 900123.":                             "We are open until ten: [number].",
		"The shop opens at nine, my address is 14 Castle Parade, Wrexham.": "The shop opens at nine, my address is [address].",
		"我店九点开门，打我电话幺三八零零二二四四六六":                                           "我店九点开门，打我电话[phone]",
		"我们九点开门，地址星光路八号。":                                                  "我们九点开门，地址星光路八号。",
	} {
		if got, _ := Text(in, ""); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Who was asked for something and says when, or asks for time, has told nothing.
func TestNotYetTold(t *testing.T) {
	t.Parallel()
	for _, c := range []talk{
		{[][2]string{{"A", "What is your email?"}, {"C", "We open at nine."}}, "We open at nine."},
		{[][2]string{{"A", "What is your e-mail address?"}, {"C", "kim at nine dot example"}}, "[email]"},
		{[][2]string{{"A", "What is your e-mail address?"}, {"C", "kim six at harbourside"}}, "[email]"},
		{[][2]string{{"A", "您的邮箱是多少？"}, {"C", "你们几点开门"}}, "你们几点开门"},
		{[][2]string{{"A", "What's your account number?"}, {"C", "just one second"}}, "just one second"},
		{[][2]string{{"A", "What's your account number?"}, {"C", "one two seconds four five nine"}}, "[account]"},
		{[][2]string{{"A", "密码是多少？"}, {"C", "一分钟"}}, "一分钟"},
		{[][2]string{{"A", "What is your email?"}, {"C", "jo at three"}}, "[email]"},
		{[][2]string{{"A", "What is your email?"}, {"C", "joan of arc at the orchard"}}, "[email]"},
		{[][2]string{{"A", "What's your name?"}, {"C", "just Mo"}}, "just [name]"},
		{[][2]string{{"A", "What's your name?"}, {"C", "give me one mo"}}, "give me one mo"},
	} {
		if got := c.last(); got != c.want {
			t.Errorf("%v: %q, want %q", c.turns, got, c.want)
		}
	}
	if two := (Span{Secret, 0, len("one two"), MaskOf(Secret)}); len(notWaiting("one two, second part", []Span{two})) == 0 {
		t.Error("digits before a second part are taken for somebody who asks for time")
	}
}
