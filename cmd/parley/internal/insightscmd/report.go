package insightscmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
)

// pathOf is where the report of a day is in a data folder.
func pathOf(home, day, lang string) string {
	return filepath.Join(home, "reports", day+"."+lang+".html")
}

// Reported tells whether the report of a day is there.
func Reported(home, day, lang string) bool {
	_, err := os.Stat(pathOf(home, day, lang))
	return err == nil
}

// Report makes the view a report of a day shows.
func Report(ctx context.Context, r insight.Reader, day, lang string, o insight.Options) (insight.View, error) {
	q, err := insight.ReportQuery(day, lang, o)
	if err != nil {
		return insight.View{}, err
	}
	return insight.Read(ctx, r, nil, q)
}

// SaveReport writes a report into the data folder, whole or not at all, readable by its owner only, and returns its path.
func SaveReport(home string, v insight.View, day, lang, public string) (string, error) {
	path := pathOf(home, day, lang)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of reports: %w", err)
	}
	return path, save(path, v, lang, public)
}

func save(path string, v insight.View, lang, public string) error {
	var b bytes.Buffer
	if err := insight.WriteReport(&b, v, lang, public); err != nil {
		return err
	}
	tmp := path + ".part"
	if err := os.WriteFile(tmp, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// report is the command.
func report(ctx context.Context, env *cli.Env, f flags) error {
	q, c, err := f.query(env)
	if err != nil {
		return err
	}
	day := f.day
	if day == "" {
		day = q.Now.In(q.Zone).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	rq, err := insight.ReportQuery(day, f.lang, q.Options)
	if err != nil {
		return cli.Usagef("insights report: %w", err)
	}
	v := insight.Build(rq, insight.Data{})
	err = member.Reading(ctx, env, func(s *store.Store) (err error) {
		v, err = Report(ctx, s.Insights(), day, f.lang, q.Options)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	public := strings.TrimSuffix(c.Access.Public, "/")
	if f.out == "" && !env.JSON {
		return insight.WriteReport(env.Out, v, f.lang, public)
	}
	path := f.out
	err = nil // that there is no record is said by the report
	if path != "" {
		err = save(path, v, f.lang, public)
	} else {
		path, err = SaveReport(env.Home, v, day, f.lang, public)
	}
	if err != nil {
		return err
	}
	out := struct {
		Day   string `json:"day"`
		Lang  string `json:"lang"`
		File  string `json:"file"`
		Calls int    `json:"calls"`
	}{day, f.lang, path, v.Figures[0].N}
	return env.Print(out, func(w io.Writer) { fmt.Fprintf(w, "%s\n", path) })
}
