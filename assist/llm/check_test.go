package llm

import (
	"testing"

	"github.com/parley-voice/parley/assist/answer"
)

// TestUnsupported holds sentences against one passage; why is what is wrong with them, "" when nothing is.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	returns := answer.Passage{
		ID: "returns", Title: "Can I send something back?",
		Text: "You can return an order within 30 days of delivery, but not sale items. The refund takes three to five working days and the courier from Northwind costs £4.50. Our depot is open from Monday to Friday, 9 am to 5:30 pm, and closed on 25 December.",
	}
	open := answer.Passage{ID: "park", Title: "Is there a car park behind the building?", Text: "No. Please use the garage on Hill Street, 0800 555 010 tells you more."}
	zh := answer.Passage{
		ID: "退货", Title: "可以退货吗？",
		Text: "签收后七天内可以申请退货，生鲜商品不支持退货。退款三到五个工作日原路退回，运费8元由买家承担。客服时间为周一至周五上午九点到下午五点半，联系王经理。",
	}
	for _, c := range []struct {
		p         answer.Passage
		lang, say string
		why       string
	}{
		{returns, "en", "You can return an order within 30 days.", ""},
		{returns, "en", "You have thirty days from delivery to return your order.", ""},
		{returns, "en", "The refund takes 3 to 5 working days.", ""},
		{returns, "en", "The courier costs 4.50 pounds.", ""},
		{returns, "en", "Sale items cannot be returned.", ""},
		{returns, "en", "The depot is open Monday to Friday until 17:30.", ""},
		{returns, "en", "The depot is closed on December 25th.", ""},
		{returns, "en", "You can return an order within 60 days.", whyNumber},
		{returns, "en", "You can return an order within 30 hours.", whyNumber},
		{returns, "en", "The refund takes 30 working days.", whyNumber},
		{returns, "en", "The refund takes three to five weeks.", whyNumber},
		{returns, "en", "The courier costs 4.50 dollars.", whyNumber},
		{returns, "en", "The depot is open on Saturday.", whyDate},
		{returns, "en", "The depot is open until 5:30 am.", whyDate},
		{returns, "en", "The depot is closed on 26 December.", whyDate},
		{returns, "en", "The depot is closed on 25 November.", whyDate},
		{returns, "en", "You cannot return an order within 30 days.", whyNegation},
		{returns, "en", "Sale items can be returned.", whyNegation},
		{returns, "en", "The depot is closed Monday to Friday.", whyNegation},
		{returns, "en", "The courier from Southwind costs £4.50.", whyName},
		{returns, "en", "Write to returns@northwind.example.com about the courier.", whyName},
		{returns, "en", "Alice handles the refund of an order.", whyName},
		{returns, "en", "We also repair broken bicycles and garden tools.", whyWords},
		{open, "en", "There is no car park behind the building.", ""},
		{open, "en", "Please use the garage on Hill Street.", ""},
		{open, "en", "Ring 0800 555010 about the garage.", ""},
		{open, "en", "There is a car park behind the building.", whyNegation},
		{open, "en", "Ring 0800 555 011 about the garage.", whyNumber},
		{zh, "zh", "签收后7天内可以申请退货。", ""},
		{zh, "zh", "生鲜商品不能退货。", ""},
		{zh, "zh", "退款3到5个工作日退回。", ""},
		{zh, "zh", "客服周一到周五上午9点到17点30分在。", ""},
		{zh, "zh", "签收后十五天内可以申请退货。", whyNumber},
		{zh, "zh", "签收后七个月内可以申请退货。", whyNumber},
		{zh, "zh", "运费八折由买家承担。", whyNumber},
		{zh, "zh", "客服周六也在。", whyDate},
		{zh, "zh", "客服到下午六点半。", whyDate},
		{zh, "zh", "签收后七天内不可以申请退货。", whyNegation},
		{zh, "zh", "生鲜商品支持退货。", whyNegation},
		{zh, "zh", "运费8元由卖家承担。", whyNegation},
		{zh, "zh", "请联系李经理办理退货。", whyName},
		{zh, "zh", "退款退回到PayPal。", whyName},
		{zh, "zh", "我们还提供上门维修和清洗空调。", whyWords},
	} {
		if got := unsupported(c.say, c.lang, []answer.Passage{c.p}); got != c.why {
			t.Errorf("%q: %q, want %q", c.say, got, c.why)
		}
	}
}

// TestQuestionsAreNoAnswers: that something is asked says nothing about what is so.
func TestQuestionsAreNoAnswers(t *testing.T) {
	t.Parallel()
	cash := []answer.Passage{{ID: "pay", Title: "Can I pay by card at the counter?", Text: "Cash only."}}
	if got := unsupported("You can pay by card at the counter.", "en", cash); got == "" {
		t.Error("the question was taken for its answer")
	}
	if got := unsupported("At the counter you pay in cash only.", "en", cash); got != "" {
		t.Errorf("the answer in the question's words: %s", got)
	}
}

// TestOtherLanguage: words cannot be compared across languages, so nothing is said then.
func TestOtherLanguage(t *testing.T) {
	t.Parallel()
	p := []answer.Passage{{ID: "r", Title: "退货", Text: "七天内可以退货。"}}
	for say, want := range map[string]string{
		"You can send it back within 7 days.": whyLanguage, "You can send it back within 8 days.": whyNumber, "The password is swordfish.": whyLanguage,
	} {
		if got := unsupported(say, "en", p); got != want {
			t.Errorf("%q: %q, want %q", say, got, want)
		}
	}
	if got := unsupported("You can send it back within 7 days.", "zh", p); got == "" {
		t.Error("an English sentence to somebody who is answered in Chinese")
	}
}

func FuzzUnsupported(f *testing.F) {
	f.Add("You can't return it after 5 May, 3-5 days", "不支持七天", "Call 0800 555 010 at 9 am")
	f.Add("%", "《x》", "能不能")
	f.Fuzz(func(t *testing.T, title, text, say string) {
		if len(title)+len(text)+len(say) > 3000 {
			return
		}
		p := []answer.Passage{{ID: "a", Title: title, Text: text}}
		_ = unsupported(say, "en", p) // must not panic
		_ = unsupported(say, "zh", p)
		if why, ok := factsOf(say).within(factsOf(say)); !ok {
			t.Errorf("%q does not state its own %s", say, why)
		}
	})
}
