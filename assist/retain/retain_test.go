package retain_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/retain"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSubject(t *testing.T) {
	t.Parallel()
	for s, ok := range map[retain.Subject]bool{
		{}: false, {Call: "a"}: true, {Caller: "1"}: true, {Call: "a", Caller: "1"}: false, {Call: "a", Customer: true}: false, {Caller: "1", Customer: true}: true,
	} {
		if err := s.Check(); (err == nil) != ok {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
