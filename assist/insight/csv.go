package insight

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/assist/sheet"
)

// WriteCSV writes a view as a table for spreadsheets; lang is that of the names of figures.
func WriteCSV(w io.Writer, v View, lang string) error {
	if _, err := io.WriteString(w, sheet.Mark); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	c := csv.NewWriter(w)
	_ = c.Write([]string{"section", "group", "key", "name", "value", "low", "high", "n", "unknown", "unit", "before", "machine"}) // its error is kept
	name := func(d Definition) string {
		if lang == "zh" {
			return d.NameZh
		}
		return d.NameEn
	}
	row := func(section, group, key, title string, x Value, unit Unit, before *Value, machine bool) {
		old := ""
		if before != nil {
			old = numeral(before.Value)
		}
		_ = c.Write([]string{section, cell(group), cell(key), cell(title), numeral(x.Value), numeral(x.Low), numeral(x.High), strconv.Itoa(x.N), strconv.Itoa(x.Unknown), string(unit), old, strconv.FormatBool(machine)})
	}
	for _, f := range v.Figures {
		row("figure", "", f.ID, name(f.Definition), f.Value, f.Unit, f.Before, f.Machine)
	}
	for _, o := range v.Outcomes {
		row("outcome", "", string(o.ID), string(o.ID), o.Share, Share, o.Before, true)
	}
	for _, g := range v.Series {
		for _, f := range v.Figures {
			row(string(v.By), g.Name, f.ID, name(f.Definition), g.Figures[f.ID], f.Unit, nil, f.Machine)
		}
	}
	count := func(n int) *float64 { x := float64(n); return &x }
	for _, t := range v.Topics {
		x := t.Share
		x.Value, x.Low, x.High = count(t.N), nil, nil
		row("topic", t.Lang, t.ID, t.Name, x, Count, nil, true)
	}
	for _, r := range v.Repeats {
		row("repeat", "", r.Key, r.Name, Value{Value: count(r.N), N: r.Share.N}, Count, nil, true)
	}
	for _, s := range v.Blind {
		row("blind_spot", s.Lang, s.ID, s.Question, Value{Value: count(s.N), N: s.N}, Count, nil, true)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func numeral(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// cell is a name in one line.
func cell(name string) string { return sheet.Cell(strings.Join(strings.Fields(name), " ")) }
