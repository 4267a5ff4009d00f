package httpapi

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// TestDownloadNames gives downloads names that would break out of their header, or of their quotes in it.
func TestDownloadNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"parley-2026.csv", `a"; filename*=utf-8''evil.exe`, "a\r\nX-Evil: 1", "a\nb", "a\x00b", "通话.csv", `a\`} {
		w := httptest.NewRecorder()
		file("text/csv", name, "", nil).Body(humago.NewContext(&huma.Operation{}, httptest.NewRequest(http.MethodGet, "/", nil), w))
		got := w.Header().Get("Content-Disposition")
		how, params, err := mime.ParseMediaType(got)
		if err != nil || how != "attachment" || len(params) != 1 || params["filename"] != name || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q became %q: %v, %v", name, got, params, err)
		}
	}
}
