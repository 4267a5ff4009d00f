package gaps_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// ownWords are questions as several callers ask each in words of their own.
var ownWords = map[string][][]string{
	"en": {
		{"Do you repair broken zips on jackets?", "my zip is broken, can you fix it", "zipper repair, is that something you do?", "the zip on my coat has gone, do you mend those"},
		{"Do you offer gift wrapping?", "Can you wrap it as a present for me?", "I'd like it wrapped up nicely as a gift, is that possible?"},
		{"Can I bring my dog into the shop?", "are pets allowed inside", "is it ok if I come with my dog"},
		{"Do you have a student discount?", "I'm at uni, do I get anything off", "any money off for students"},
		{"Can I change my delivery address?", "I moved house, the parcel should go somewhere else", "send my order to a different address please"},
		{"Do you sell gift cards?", "I want to buy a voucher for a friend", "can I get a gift card here"},
		{"Is there parking near you?", "where can I leave my car when I visit", "do you have a car park"},
		{"Can I get an invoice for my company?", "I need a receipt with VAT for work", "please send me a business invoice"},
		{"How do I wash the wool jumper?", "can I put the sweater in the machine", "washing instructions for the wool pullover"},
		{"Are you hiring?", "do you have any jobs", "I'd like to work for you, who do I talk to"},
	},
	"zh": {
		{"衣服拉链坏了能修吗", "你们修拉链吗？", "拉链拉不上了，可以帮我换一个吗", "夹克的拉链坏了怎么办"},
		{"你们能帮我包装成礼物吗？", "可以做礼品包装吗", "我想送人，能包一下吗", "可以做离品包装吗?"},
		{"可以带狗进店吗", "宠物能进去吗", "我带着狗可以来吗"},
		{"学生有优惠吗", "我是大学生能便宜点吗", "学生证能打折吗"},
		{"能改收货地址吗", "我搬家了，快递要寄到别的地方", "地址填错了怎么改"},
		{"有礼品卡卖吗", "我想买张购物卡送朋友", "哪里能买礼品卡"},
		{"门口能停车吗", "附近有停车场吗", "开车来停哪里"},
		{"能开公司发票吗", "我要报销，发票怎么开", "给我开一张增值税发票"},
		{"羊毛衫怎么洗", "毛衣能机洗吗", "洗毛衣要注意什么"},
		{"你们招人吗", "有没有工作岗位", "我想来你们店上班"},
	},
}

// meaning makes vectors with one model.
type meaning struct{ *embed.Embedder }

func (m meaning) EmbedIn(ctx context.Context, _ string, texts []string) ([][]float32, error) {
	return m.Embed(ctx, texts)
}

// TestOwnWords puts together, with the models that are shipped, what callers ask in words of their own: two wordings of five find the others at least,
// and at most one gap holds two questions.
func TestOwnWords(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if models == "" {
		t.Skip("PARLEY_MODELS names no weights")
	}
	if err := onnx.Start(os.Getenv("PARLEY_ONNXRUNTIME")); err != nil {
		t.Skip(err)
	}
	for lang, topics := range ownWords {
		em, err := embed.Open(filepath.Join(models, "bge-small-"+lang))
		if err != nil {
			t.Skip(err)
		}
		topic := map[string]int{}
		var asked []gaps.Question
		for i, texts := range topics {
			for _, s := range texts {
				topic[s] = i
				asked = append(asked, gaps.Question{Call: call.ID(s), Text: s, Lang: lang, Base: "shop", At: time.Unix(int64(len(asked)), 0)})
			}
		}
		found, err := gaps.Find(t.Context(), meaning{em}, asked)
		if err != nil {
			t.Fatal(err)
		}
		mixed := 0
		for _, g := range found {
			of := map[int]bool{}
			for _, s := range g.Texts {
				of[topic[s]] = true
			}
			if len(of) > 1 {
				mixed++
			}
		}
		t.Logf("%s: %d questions in %d wordings are %d gaps, %d of them mixed", lang, len(topics), len(asked), len(found), mixed)
		if 10*len(found) > 6*len(asked) || mixed > 1 {
			t.Errorf("%s: %d gaps of %d wordings, %d of them mixed", lang, len(found), len(asked), mixed)
		}
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
}

// near makes vectors that a test has for each text.
type near map[string][]float32

func (m near) EmbedIn(_ context.Context, _ string, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		out[i] = m[s]
	}
	return out, nil
}

// TestMiddleOfMany: what is near the middle of many questions, as everything of one trade is, but to none of them, is another gap.
func TestMiddleOfMany(t *testing.T) {
	t.Parallel()
	const alike, others = 6, 4
	vectors, asked := near{}, []gaps.Question{}
	root := func(v float64) float32 { return float32(math.Sqrt(v)) }
	ask := func(i int, v []float32) {
		text := fmt.Sprintf("%c card", 'a'+i)
		vectors[knowledge.Clean(text, "en")] = v
		asked = append(asked, gaps.Question{Call: call.ID(text), Text: text, Lang: "en", Base: "bank", At: time.Unix(int64(i), 0)})
	}
	for i := range alike + others { // 0.8 from one to another of the first six, 0.72 of any other two
		v := make([]float32, 2+alike+others)
		v[0], v[2+i] = root(0.72), root(0.28)
		if i < alike {
			v[1], v[2+i] = root(0.08), root(0.2)
			ask(i, v) // twice, so that they come first
		}
		ask(i, v)
	}
	found, err := gaps.Find(t.Context(), vectors, asked)
	if err != nil || len(found) != 1+others || len(found[0].Texts) != alike {
		t.Errorf("%d gaps, %v: %+v", len(found), err, found)
	}
}
