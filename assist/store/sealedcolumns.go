package store

// sealedColumn is a column with what people said or who they are. What a row is known by (the columns in row) is part of
// what its text is sealed for.
type sealedColumn struct {
	table, name string
	row         []string
	key         []string // the primary key, where it is not row
	mark        string   // column that holds a mark to look a value up by, while the text is in name; "" = none
	onlyMark    bool     // name holds marks, and the text is nowhere: an index of words
	member      string   // member of the text, which is JSON, that stands in a column of this name too
	// since is 0 for what every version reads that may run beside this one. A column that was in the clear in the version
	// before gets a number above all others there, and keeps it: it is sealed once every node reads that (sealingnodes.go).
	since int
}

func (c sealedColumn) place() string  { return c.table + "." + c.name }
func (c sealedColumn) looked() string { return c.table + "." + c.mark }

// sealedColumns are all of them. Who reads or writes one of these columns does so with opened and hide.
func sealedColumns() []sealedColumn {
	of := func(table string, row []string, names ...string) []sealedColumn {
		var out []sealedColumn
		for _, n := range names {
			out = append(out, sealedColumn{table: table, name: n, row: row})
		}
		return out
	}
	all := []sealedColumn{
		{table: "calls", name: "caller_sealed", row: []string{"id"}, mark: "caller"},
		{table: "customers_handles", name: "sealed", row: []string{"customer", "channel"}, key: []string{"customer", "channel", "value"}, mark: "value"},
		{table: "hooks_outbox", name: "body", row: []string{"target", "event"}, member: "call"},
		{table: "scores_words", name: "word", row: []string{"call"}, key: []string{"word", "call"}, onlyMark: true},
		{table: "scores_notes", name: "body", row: []string{"call", "kind", "person", "at_ms"}, key: []string{"call", "n"}}, // n is only known once it is stored
	}
	for _, more := range [][]sealedColumn{
		of("calls", []string{"id"}, "remote", "sip_call"),
		of("turns", []string{"call", "n"}, "text", "body"),
		of("events", []string{"call", "seq"}, "body"),
		of("customers", []string{"id"}, "name", "links"),
		of("customers_visits", []string{"call"}, "summary"),
		of("tickets", []string{"id"}, "fields"),
		of("wrapups", []string{"call"}, "original", "edited"),
		of("wrapups_people", []string{"call", "person"}, "original", "edited"),
		of("callbacks", []string{"id"}, "number", "body"),
		of("grants", []string{"id"}, "body"),
		of("scores_sheets", []string{"call", "form"}, "body"),
		of("scores_failed", []string{"call", "form"}, "why"), // a server that failed may say what it was asked
		of("scores_vectors", []string{"call"}, "body"),
		of("scores_coaching", []string{"id"}, "text"),
		of("imports", []string{"sound"}, "body"),
		of("insights_facts", []string{"call"}, "who", "reason", "words"),
		of("insights_questions", []string{"call", "turn"}, "text", "words", "vector"),
	} {
		all = append(all, more...)
	}
	return all
}
