package embed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Of entries whose vectors are alike, the one that answers must fit better; and a pair fits the same whatever is read beside it.
func TestFits(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		lang, question string
		entries        []string // the first answers it
	}{
		{"en", "my parcel came broken what now", []string{
			"What if an item arrives damaged? Send us a photo within 14 days and we replace it free of charge.", "What if my parcel does not arrive? We look for it with the courier and answer within five days.",
		}},
		{"zh", "我不想再续费了，怎么退掉会员", []string{"如何取消会员？ 在“我的-会员”里关闭自动续费，当月到期后失效。", "如何开通会员？ 在“我的-会员”里选择套餐并付款即可。"}},
	} {
		e := open(t, "bge-small-"+c.lang)
		fits, err := e.Fits(ctx, c.question, c.entries)
		if err != nil {
			t.Fatal(err)
		}
		if len(fits) != 2 || fits[0] <= fits[1] {
			t.Errorf("%s: fits %v, want the first above the second", c.lang, fits)
		}
		again, err := open(t, "bge-small-"+c.lang).Fits(ctx, c.question, c.entries[1:])
		if err != nil || len(again) != 1 || again[0] != fits[1] {
			t.Errorf("%s: alone the second fits %v (%v), among two %v", c.lang, again, err, fits[1])
		}
	}
}

// A search must not go on after the caller has hung up.
func TestFitsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, "bge-small-en").Fits(ctx, "never asked before", []string{"no matter"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}

// Another model has no part, and says so with nothing.
func TestFitsUnknown(t *testing.T) {
	e := &Embedder{}
	if fits, err := e.Fits(context.Background(), "a", []string{"b"}); fits != nil || err != nil {
		t.Errorf("fits %v, %v; want nothing", fits, err)
	}
}

func TestFitsDamaged(t *testing.T) {
	open(t, "bge-small-zh") // skips without weights
	e, err := OpenWith(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-zh"), nil, []byte("no part"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if _, err := e.Fits(context.Background(), "a", []string{"b"}); err == nil {
		t.Error("a damaged part was opened")
	}
}

func BenchmarkFits(b *testing.B) {
	for _, lang := range []string{"en", "zh"} {
		e := open(b, "bge-small-"+lang)
		s, err := e.fits.open(e.path)
		if err != nil {
			b.Fatal(err)
		}
		question := map[string]string{"en": "i lost my card yesterday what should i do now", "zh": "我的卡昨天找不到了现在怎么办"}[lang]
		entry := map[string]string{
			"en": "What do I do when my card is gone? Block it at once in the app or call the card line, which is open day and night. A new card comes within five days and costs 10 pounds.",
			"zh": "银行卡丢失怎么办？ 请立即在手机银行挂失，或拨打二十四小时客服电话。补办新卡需要五个工作日，工本费十元。",
		}[lang]
		b.Run(lang, func(b *testing.B) {
			for range b.N {
				if _, err := e.fit(context.Background(), s, question, entry); err != nil {
					b.Fatal(err)
				}
				e.fitted = newLRU[float32](1)
				e.fitted.put("", 0)
			}
		})
	}
}
