package embed

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

// models returns the folder of the weights, or skips.
func models(t testing.TB, name string) string {
	t.Helper()
	return filepath.Dir(onnxtest.Weights(t, name+"/tokenizer.json"))
}

// The expected numbers come from the tokenizers library, given the same
// files and told to fold case.
func TestEncode(t *testing.T) {
	t.Parallel()
	tokenizers := map[string]*Tokenizer{}
	for _, lang := range []string{"en", "zh"} {
		tok, err := loadTokenizer(filepath.Join(models(t, "bge-small-"+lang), "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		tokenizers[lang] = tok
	}
	for _, c := range []struct {
		lang, text string
		want       []int64
	}{
		{"en", "How do I reset my PIN?", []int64{101, 2129, 2079, 1045, 25141, 2026, 9231, 1029, 102}},
		{"en", "Café naïve — résumé №5 £3.50", []int64{101, 7668, 15743, 1517, 13746, 1578, 2629, 28182, 1012, 2753, 102}},
		{"en", "我的信用卡丢了，怎么办？", []int64{101, 1855, 1916, 1767, 100, 100, 100, 100, 1989, 100, 100, 100, 1994, 102}},
		{"en", "微信WeChat支付 iPhone15pro能用吗", []int64{101, 100, 1767, 2057, 7507, 2102, 100, 100, 18059, 16068, 21572, 100, 100, 100, 102}},
		{"en", "hello\u200bworld\ttab\nnew", []int64{101, 7592, 11108, 21628, 2047, 102}},
		{"en", "ＡＢＣ　全角！", []int64{101, 100, 100, 100, 1986, 102}},
		{"en", "unbelievablyunsegmentable xyzzyqwert 😀 emoji", []int64{101, 4895, 8671, 2666, 3567, 6321, 4609, 3366, 21693, 4765, 3085, 1060, 2100, 28753, 4160, 13777, 2102, 100, 7861, 29147, 2072, 102}},
		{"en", "don't can't o'clock e-mail: a_b@c.com", []int64{101, 2123, 1005, 1056, 2064, 1005, 1056, 1051, 1005, 5119, 1041, 1011, 5653, 1024, 1037, 1035, 1038, 1030, 1039, 1012, 4012, 102}},
		{"en", "", []int64{101, 102}},
		{"en", "  ", []int64{101, 102}},
		{"en", "１２３45,678.90%", []int64{101, 100, 1010, 6163, 2620, 1012, 3938, 1003, 102}},
		{"en", "Straße İstanbul ǅ", []int64{101, 2358, 27807, 9960, 100, 102}},
		{"en", "한국어 テスト ニホンゴ", []int64{101, 1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008, 1713, 30233, 30240, 1716, 30248, 30263, 30230, 102}},
		{"en", strings.Repeat("a", 120), []int64{101, 100, 102}},
		{"zh", "How do I reset my PIN?", []int64{101, 9510, 8895, 151, 8847, 9852, 8422, 11328, 136, 102}},
		{"zh", "Café naïve — résumé №5 £3.50", []int64{101, 8377, 11469, 8857, 100, 8847, 11442, 8505, 361, 8157, 173, 8152, 119, 8145, 102}},
		{"zh", "我的信用卡丢了，怎么办？", []int64{101, 2769, 4638, 928, 4500, 1305, 696, 749, 8024, 2582, 720, 1215, 8043, 102}},
		{"zh", "微信WeChat支付 iPhone15pro能用吗", []int64{101, 2544, 928, 8997, 10720, 3118, 802, 8210, 8493, 10538, 5543, 4500, 1408, 102}},
		{"zh", "hello\u200bworld\ttab\nnew", []int64{101, 8701, 10120, 10476, 8343, 102}},
		{"zh", "ＡＢＣ　全角！", []int64{101, 8051, 12641, 10675, 1059, 6235, 8013, 102}},
		{"zh", "unbelievablyunsegmentable xyzzyqwert 😀 emoji", []int64{101, 163, 8171, 12157, 8402, 8786, 8204, 8436, 8829, 8417, 11390, 8936, 9609, 11266, 9748, 8326, 10668, 8165, 100, 13152, 8167, 9343, 102}},
		{"zh", "don't can't o'clock e-mail: a_b@c.com", []int64{101, 9524, 112, 162, 9109, 112, 162, 157, 112, 12847, 9069, 147, 118, 8313, 131, 143, 142, 144, 137, 145, 119, 8134, 102}},
		{"zh", "", []int64{101, 102}},
		{"zh", "  ", []int64{101, 102}},
		{"zh", "１２３45,678.90%", []int64{101, 10351, 9089, 9039, 117, 8369, 8156, 119, 8192, 110, 102}},
		{"zh", "Straße İstanbul ǅ", []int64{101, 8811, 8332, 13361, 8154, 8310, 10105, 11381, 8178, 100, 102}},
		{"zh", "한국어 テスト ニホンゴ", []int64{101, 303, 10928, 9877, 13454, 13479, 11953, 13463, 13472, 612, 10579, 615, 12889, 8489, 10155, 102}},
		{"zh", strings.Repeat("a", 120), []int64{101, 100, 102}},
	} {
		if got := tokenizers[c.lang].Encode(c.text, 512); !slices.Equal(got, c.want) {
			t.Errorf("%s %q: got %v, want %v", c.lang, c.text, got, c.want)
		}
	}
	if got := tokenizers["en"].Encode(strings.Repeat("card ", 600), 256); len(got) != 256 {
		t.Errorf("cut to %d tokens, want 256", len(got))
	}
}

func TestLoadTokenizerErrors(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"not JSON":  "{",
		"other":     `{"model":{"type":"BPE","vocab":{"a":1}}}`,
		"no marks":  `{"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":1}}}`,
		"no vocab":  `{"model":{"type":"WordPiece"}}`,
		"empty":     "",
		"json list": "[]",
	} {
		path := filepath.Join(t.TempDir(), "tokenizer.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadTokenizer(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := loadTokenizer(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("missing file: no error")
	}
}

func FuzzEncode(f *testing.F) {
	tok := &Tokenizer{
		vocab: map[string]int64{"a": 4, "##b": 5, "中": 6, "##é": 7}, prefix: "##", maxWord: 100,
		unk: 1, cls: 2, sep: 3, maxPiece: 4, stripAccents: true, splitsHan: true,
	}
	for _, s := range []string{"", "ab", "中文", "é\x00", "\xff\xfe", "a\u0301b"} {
		f.Add(s, 8)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(2, limit%64)
		got := tok.Encode(s, limit)
		if len(got) < 2 || len(got) > limit || got[0] != 2 || got[len(got)-1] != 3 {
			t.Fatalf("%q (valid %v) limit %d: %v", s, utf8.ValidString(s), limit, got)
		}
	})
}
