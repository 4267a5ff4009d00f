package customer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newBook(t *testing.T) *customer.Book {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &customer.Book{Store: s.Customers(), Countries: []string{"CN", "GB"}}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+86 138 0013 8000": "+8613800138000", "008613800138000": "+8613800138000", "13800138000": "+8613800138000", "013800138000": "+8613800138000",
		"8613800138000": "+8613800138000", "sip:13800138000@10.0.0.1:5060;user=phone": "+8613800138000", "tel:+86-138-0013-8000": "+8613800138000",
		"010-62552255": "+861062552255", "(010) 6255 2255": "+861062552255", "07911 123456": "+447911123456", "+44 20 7946 0018": "+442079460018", "00442079460018": "+442079460018",
		"anonymous": "", "": "", "1001": "", "bank": "", "110": "", "+86": "", "+99999999999999999": "", "138001380001": "", "12345678901234567890123456789012345678901": "",
		"13800138000<script>": "", "１３８００１３８０００": "",
	} {
		got, ok := customer.Normalise(in, "CN", "GB")
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, ok, want)
		}
	}
	if got, ok := customer.Normalise("13800138000"); ok {
		t.Errorf("without a country: %q", got)
	}
}

const file = `id,name,numbers,tier,lang,links
C1,王小明,13800138000;010-62552255,gold,zh,CRM=https://crm.example/c/1
C2,"Smith, Ann",+44 7911 123456,,en,
C3,王大明,010-62552255,,zh,
,Bob,07911 123457,,,
C5,Eve,not a number,,,
C6,Eve,13900139000,,fr,
C7,Eve,13900139000,,,javascript:alert(1)
C1,Again,13900139000,,,
,Nobody,,,,
`

func TestFile(t *testing.T) {
	b := newBook(t)
	ctx := t.Context()
	dry, err := b.Load(ctx, strings.NewReader(file), true)
	if err != nil || dry.New != 4 || len(dry.Invalid) != 5 {
		t.Fatalf("%+v, %v", dry, err)
	}
	if m, err := b.Caller(ctx, "13800138000"); err != nil || len(m.Candidates) != 0 || m.Why != "unknown" {
		t.Errorf("a dry run stored: %+v, %v", m, err)
	}
	if got, err := b.Load(ctx, strings.NewReader(file), false); err != nil || got.New != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := b.Load(ctx, strings.NewReader("\xef\xbb\xbf"+strings.ReplaceAll(file, "\n", "\r\n")), false); err != nil || got.Same != 4 || got.New+got.Changed != 0 {
		t.Errorf("again: %+v, %v", got, err)
	}
	m, err := b.Caller(ctx, "sip:013800138000@trunk")
	if c, ok := m.One(); err != nil || !ok || c.Name != "王小明" || c.Tier != "gold" || len(c.Links) != 1 || len(c.Numbers()) != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	shared, err := b.Caller(ctx, "+861062552255")
	if _, ok := shared.One(); err != nil || ok || len(shared.Candidates) != 2 {
		t.Errorf("a shared number: %+v, %v", shared, err)
	}
	if m, err := b.Caller(ctx, "anonymous"); err != nil || m.Why != "withheld" || len(m.Candidates) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if c, _ := mustCaller(t, b, "+447911123456").One(); c.Tier != "" || c.Name != "Smith, Ann" {
		t.Errorf("%+v", c)
	}
	changed := strings.Replace(file, "gold", "silver", 1)
	if got, err := b.Load(ctx, strings.NewReader(changed), false); err != nil || got.Changed != 1 || got.Same != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func mustCaller(t *testing.T, b *customer.Book, n string) customer.Match {
	t.Helper()
	m, err := b.Caller(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFilesInOtherForms(t *testing.T) {
	b := newBook(t)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("客户号,姓名,电话,等级\nA1,李雷,13800138001,金卡\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"gbk": {gbk, 1}, "semicolons": {"id;name;phone\nA2;Jim;13800138002\n", 1}, "tabs": {"phone\tname\n13800138003\tHan\n", 1}, "quoted newline": {"id,name,phone\nA4,\"a\nb\",13800138004\n", 1},
		"short row": {"id,name,phone\nA5\n", 1}, "only header": {"id,name\n", 0}, "spreadsheet": {"sep=;\r\nid;phone\r\nA6;13800138006\r\n", 1},
	} {
		if got, err := b.Load(t.Context(), strings.NewReader(c.text), false); err != nil || got.New != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if c, _ := mustCaller(t, b, "13800138001").One(); c.Name != "李雷" {
		t.Errorf("%+v", c)
	}
	for name, text := range map[string]string{"empty": "", "no columns": "a,b\n1,2\n", "binary": "\x00\xff\xfe\x81", "zip": "PK\x03\x04"} {
		if _, err := b.Load(t.Context(), strings.NewReader(text), false); !errors.Is(err, customer.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneIDAcrossChannels(t *testing.T) {
	b := newBook(t)
	ctx := t.Context()
	if _, err := b.Load(ctx, strings.NewReader(file), false); err != nil {
		t.Fatal(err)
	}
	c, _ := mustCaller(t, b, "13800138000").One()
	web := customer.Handle{Channel: customer.Web, Value: "account-77"}
	if m, err := b.Who(ctx, web); err != nil || len(m.Candidates) != 0 {
		t.Fatal(m, err)
	}
	if err := b.Join(ctx, c.ID, web); err != nil {
		t.Fatal(err)
	}
	m, err := b.Who(ctx, web)
	if got, ok := m.One(); err != nil || !ok || got.ID != c.ID {
		t.Error(m, err)
	}
	// The file knows nothing of the account, and does not take it away.
	if _, err := b.Load(ctx, strings.NewReader(strings.Replace(file, "gold", "basic", 1)), false); err != nil {
		t.Fatal(err)
	}
	if m, err := b.Who(ctx, web); err != nil || len(m.Candidates) != 1 {
		t.Error(m, err)
	}
	for i, ch := range []customer.Channel{customer.Phone, customer.Web, customer.Chat} {
		v := customer.Visit{Contact: customer.Contact{Call: call.ID(fmt.Sprint("c", i)), At: time.Unix(int64(i), 0), Channel: ch, Outcome: "resolved", Summary: "s"}, Customer: c.ID}
		if err := b.Store.PutVisit(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := b.Store.History(ctx, c.ID, 10); err != nil || len(h) != 3 || h[0].Channel != customer.Chat || h[0].Outcome != "resolved" {
		t.Error(h, err)
	}
	if err := b.Part(ctx, c.ID, web); err != nil {
		t.Fatal(err)
	}
	if m, err := b.Who(ctx, web); err != nil || len(m.Candidates) != 0 {
		t.Error(m, err)
	}
	if err := b.Store.Remove(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if h, err := b.Store.History(ctx, c.ID, 10); err != nil || len(h) != 0 {
		t.Error(h, err)
	}
}

func TestIdentity(t *testing.T) {
	b := newBook(t)
	ctx := t.Context()
	if _, err := b.Store.Visit(ctx, "c1"); !errors.Is(err, customer.ErrUnknown) {
		t.Fatal(err)
	}
	at := time.Unix(1000, 0).UTC()
	if err := b.Store.SetIdentity(ctx, "c1", customer.Identity{State: customer.Verified, How: "keypad_pin", By: "rule:pin", At: at}); err != nil {
		t.Fatal(err)
	}
	if err := b.Store.PutVisit(ctx, customer.Visit{Contact: customer.Contact{Call: "c1", At: at, Channel: customer.Phone}}); err != nil {
		t.Fatal(err)
	}
	v, err := b.Store.Visit(ctx, "c1")
	if err != nil || v.Identity != (customer.Identity{State: customer.Verified, How: "keypad_pin", By: "rule:pin", At: at}) || v.Channel != customer.Phone {
		t.Errorf("%+v, %v", v, err)
	}
}

// empty is a store without anybody in it.
type empty struct{ customer.Store }

func (empty) ByRef(context.Context, string) (customer.Customer, error) {
	return customer.Customer{}, customer.ErrUnknown
}

// TestVouchedFor finds a customer by the word of a site, under the company's own key, and from then on by the
// account too; what somebody only says is looked up in the same way and assumed by nobody.
func TestVouchedFor(t *testing.T) {
	t.Parallel()
	b, ctx := newBook(t), t.Context()
	c := customer.Customer{Ref: "C-4711", Name: "Wu", Handles: []customer.Handle{{Channel: customer.Phone, Value: "+8613800138000"}, {Channel: customer.Email, Value: "wu@example.com"}}}
	if err := b.Store.Put(ctx, []customer.Customer{c}); err != nil {
		t.Fatal(err)
	}
	phone, err := b.Who(ctx, customer.Handle{Channel: customer.Phone, Value: "+8613800138000"})
	if err != nil {
		t.Fatal(err)
	}
	want, ok := phone.One()
	if !ok {
		t.Fatal("not found by number")
	}
	for range 2 {
		m, err := b.Vouched(ctx, "C-4711")
		if got, ok := m.One(); err != nil || !ok || got.ID != want.ID {
			t.Fatalf("vouched for: %+v, %v", m, err)
		}
	}
	web, err := b.Who(ctx, customer.Handle{Channel: customer.Web, Value: "C-4711"})
	if got, ok := web.One(); err != nil || !ok || got.ID != want.ID || len(got.Handles) != 3 {
		t.Errorf("by the account: %+v, %v", web, err)
	}
	if m, err := b.Vouched(ctx, "C-1"); err != nil || len(m.Candidates) != 0 {
		t.Errorf("a key nobody has: %+v, %v", m, err)
	}
	for contact, found := range map[string]bool{" Wu@Example.com": true, "+86 138 0013 8000": true, "nobody@example.com": false, "@": false, "": false} {
		if m, err := b.Claims(ctx, contact); err != nil || len(m.Candidates) > 0 != found {
			t.Errorf("%q: %+v, %v", contact, m, err)
		}
	}
}

// TestUnreadableRows reads on behind rows with quotes where none may be, and says where they are.
func TestUnreadableRows(t *testing.T) {
	b := newBook(t)
	got, err := b.Load(t.Context(), strings.NewReader("id,name,phone\nB\"1,Bob,13800138011\nB2,Bob \"Bobby\" Lee,13800138012\nB3,Ann,13800138013\nB4,\"open,13800138014\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, p := range got.Invalid {
		at = append(at, p.Where)
	}
	if got.New != 1 || strings.Join(at, ", ") != "line 2, line 3, line 5" {
		t.Errorf("%+v", got)
	}
	if c, ok := mustCaller(t, b, "13800138013").One(); !ok || c.Name != "Ann" {
		t.Errorf("the row between is %+v", c)
	}
}
