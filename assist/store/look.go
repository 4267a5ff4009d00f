package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// kept says why a table may still name what was erased, "" when it may not.
func kept(name string) string {
	switch name {
	case "people_audit":
		return "the audit trail: who looked at or erased which call; it has no texts of calls"
	case "keeping_erased":
		return "the list of erased calls, so that nothing brings them back"
	case "keeping_requests":
		return "the reports of erasures, which name calls by their IDs"
	case "customers", "customers_handles", "customers_visits", "customers_codes":
		return "the customers' own data, which goes only when asked for (--customer)"
	}
	return ""
}

// Look searches every text of every table.
func (k *Keeping) Look(ctx context.Context, t retain.Traces) ([]retain.Look, error) {
	out, err := lookRows(ctx, k.s.read, place, t)
	if err == nil && k.s.shared {
		out, err = lookReplaced(ctx, k.s.read, out, t)
	}
	if err != nil || !k.s.maySealed() {
		return out, err
	}
	return out, k.s.lookSealed(ctx, t, out)
}

func lookRows(ctx context.Context, db querier, where string, t retain.Traces) ([]retain.Look, error) {
	all, err := tables(ctx, db)
	if err != nil {
		return nil, err
	}
	return lookIn(ctx, db, where, all, t)
}

// LookDatabase searches all tables of Parley in the database at url, those of the knowledge included, and adds up what it finds.
// It changes nothing, and they may be of another version.
func LookDatabase(ctx context.Context, url string, t retain.Traces) (sum retain.Look, err error) {
	err = onPostgres(ctx, url, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx, _ copier) (bool, error) {
		own, _, err := ownTables(ctx, tx)
		if err != nil {
			return false, err
		}
		all, err := tablesBy(ctx, tx, allTablesQuery)
		if err != nil {
			return false, err
		}
		all = slices.DeleteFunc(all, func(t table) bool { return !holdsTable(own, t.name) })
		sum, err = lookAside(ctx, tx, "tables that the restore puts aside", all, t)
		return false, err
	})
	return sum, err
}

// lookAside searches tables that a restore puts aside, in one line.
func lookAside(ctx context.Context, db querier, what string, all []table, t retain.Traces) (retain.Look, error) {
	sum := retain.Look{Place: place, What: what}
	some, err := lookIn(ctx, db, place, all, t)
	for _, l := range some {
		sum.Found, sum.Kept = sum.Found+l.Found, sum.Kept+l.Kept
	}
	if sum.Found > 0 {
		sum.Why = "a restore put these tables aside; when they are not needed: DROP SCHEMA ... CASCADE"
	}
	return sum, err
}

// lookReplaced adds to out, in one line, what is in the tables that restores have put aside.
func lookReplaced(ctx context.Context, db querier, out []retain.Look, t retain.Traces) ([]retain.Look, error) {
	all, err := tablesBy(ctx, db, replacedTablesQuery)
	if err != nil || len(all) == 0 {
		return out, err
	}
	sum, err := lookAside(ctx, db, "schemas "+ReplacedSchema+"...", all, t)
	return append(out, sum), err
}

func lookIn(ctx context.Context, db querier, where string, all []table, t retain.Traces) ([]retain.Look, error) {
	var out []retain.Look
	var err error
	for _, one := range all {
		if len(one.texts) == 0 {
			continue
		}
		bare := one.name[strings.Index(one.name, ".")+1:]
		l := retain.Look{Place: where, What: "table " + one.name, Why: kept(bare)}
		n := 0
		for _, id := range t.Calls {
			got, err := count(ctx, db, one, string(id), nil)
			if err != nil {
				return nil, err
			}
			n += got
		}
		for _, s := range slices.Concat(t.Words, t.Numbers) {
			got, err := count(ctx, db, one, s, t.Calls)
			if err != nil {
				return nil, err
			}
			n += got
		}
		if l.Why != "" {
			l.Kept = n
		} else {
			l.Found = n
		}
		if n == 0 {
			l.Why = ""
		}
		if bare == "customers" {
			if l.Found, err = rowsOf(ctx, db, one.name, t.Customers); err != nil {
				return nil, err
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// count counts the rows that hold s. In a table of calls, what somebody else said in another call is theirs: only the
// rows of the calls given count.
func count(ctx context.Context, db querier, t table, s string, calls []call.ID) (int, error) {
	escape := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
	forms := jsonForms(s)
	var conds []string
	var args []any
	for _, f := range forms {
		for _, c := range t.texts {
			conds, args = append(conds, c+` LIKE ? ESCAPE '\'`), append(args, "%"+escape.Replace(f)+"%")
		}
	}
	query := "SELECT count(*) FROM " + t.name + " WHERE (" + strings.Join(conds, " OR ") + ")"
	column := t.call
	if t.name == "calls" {
		column = "id"
	}
	if column != "" && calls != nil && t.name != "people_audit" {
		in, ids := among(calls)
		query, args = query+" AND "+column+" IN "+in, append(args, ids...)
	}
	return counted(ctx, db, query, args)
}

// rowsOf counts the rows of a table that have one of the IDs.
func rowsOf(ctx context.Context, db querier, name string, ids []string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	in, args := among(ids)
	return counted(ctx, db, "SELECT count(*) FROM "+name+" WHERE id IN "+in, args)
}

func counted(ctx context.Context, db querier, query string, args []any) (int, error) {
	found, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("search: %w", err)
	}
	n, err := collect(found, "search", func(r scanner) (n int, err error) {
		err = r.Scan(&n)
		return n, err
	})
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// jsonForms are a text as it may stand in a column: as it is, and in JSON.
func jsonForms(s string) []string {
	out := []string{s}
	if b, err := json.Marshal(s); err == nil && string(b[1:len(b)-1]) != s {
		out = append(out, string(b[1:len(b)-1]))
	}
	return out
}
