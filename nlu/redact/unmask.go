package redact

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// wholly is the mask of a text that could not be read.
const wholly = "redacted"

// allKinds are the kinds that a mask can name, in the order of how sure they are.
func allKinds() []Kind {
	return []Kind{Card, Email, Address, Birth, Secret, ID, Phone, Account, Name, Number}
}

// Without takes the masks out of a text that was masked, so that what is left can be searched for or understood, and tells of
// what kinds they were, each once and in the order of the text. Other words in brackets stay. A text without masks comes back
// as it is.
func Without(text string) (rest string, kinds []Kind) {
	if !strings.Contains(text, "[") {
		return text, nil
	}
	rest = maskedPart.ReplaceAllStringFunc(text, func(m string) string {
		k := Kind(maskedPart.FindStringSubmatch(m)[1])
		if k == wholly {
			k = Number
		}
		if !slices.Contains(allKinds(), k) {
			return m
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
		return " "
	})
	if len(kinds) == 0 {
		return text, nil
	}
	return strings.Join(strings.Fields(rest), " "), kinds
}

// Bare reports whether a masked text only gives what is masked: "it's [phone]", "my name is [name]", 我的电话是[phone]. What
// else is said, such as what the call is about, makes it false. A text without masks is not bare.
func Bare(text string) bool {
	rest, kinds := Without(text)
	return len(kinds) > 0 && !slices.ContainsFunc(hanzi.Segment(hanzi.Fold(hanzi.Simplify(rest))), func(w string) bool { return worth(w) && !announces(w) })
}

// announces reports whether w is a word that is said around a value rather than for itself.
func announces(w string) bool {
	if around[w] {
		return true
	}
	if !hanzi.HasHan(w) {
		return false
	}
	for _, r := range w { // the segmenter joins some of them: 我叫, 号是
		if !strings.ContainsRune(aroundZH, r) {
			return false
		}
	}
	return true
}

// aroundZH are the characters of such words: what a value is called, who has it, and small words.
const aroundZH = "我你您他她它的是叫姓名字贵免本人电话手机号码座联系方式邮箱地址住在家生日期出月年卡账户帐密验证码身份件会员订单编尾后位数就这个那嗯呃啊哦呢吧喂好对行哈请记一下打拨发到给用写填为说再遍还有和跟加微信谢您了先生女士小姐"

// around are the English ones. Both are of the language and of the kinds, not of a trade.
var around = func() map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(`a an the my his her its our your their i me he she it we you this that these it's that's i'm he's she's is are was am be been im thats
		and or but so then of on at in to for from by with under as uh um er erm oh ah well ok okay yes yeah yep no sure right please thanks thank sorry hi hello hey good morning afternoon evening day again here there now just
		number numbers phone telephone mobile cell cellphone landline home work email e-mail mail address postcode postal zip name names first last middle full surname given family maiden title mr mrs ms miss dr sir
		card account id identity passport licence license code pin password passcode passphrase one-time date birth born birthday dob age customer client member membership policy reference ref order booking case file
		call called calling reach ring text speaking spelled spelt spell live lives would can could will might be get got gave give given take note write down digits ending ends starting starts
		also know known i've you've let's lets`) {
		all[w] = true
	}
	return all
}()
