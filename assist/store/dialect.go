package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// Statements are written once, for both databases. What PostgreSQL says otherwise is put right on the way to it, here:
//
//   - ? becomes $1, $2, ...;
//   - LIKE, which does not tell a from A in SQLite, becomes ILIKE;
//   - JSON made of rows has other functions, and the list of tables is elsewhere;
//   - yes and no are numbers, so a bool is sent as one;
//   - a text may not hold NUL or bytes that are no UTF-8, so these become the replacement character.

//nolint:gochecknoglobals // constants
var (
	words    = strings.NewReplacer(" LIKE ", " ILIKE ", "json_group_array(json_object(", "json_agg(json_build_object(")
	integers = regexp.MustCompile(`\bINTEGER\b`)
	reals    = regexp.MustCompile(`\bREAL\b`)
)

const postgresTablesQuery = `SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
	WHERE table_schema = current_schema() AND table_name NOT LIKE 'knowledge\_%' ORDER BY table_name, ordinal_position`

// allTablesQuery lists all tables of the schema, those of the knowledge and of others included.
const allTablesQuery = `SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
	WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`

// replacedTablesQuery lists the tables that restores have put aside.
const replacedTablesQuery = `SELECT table_schema || '.' || table_name, column_name::text, data_type::text FROM information_schema.columns
	WHERE table_schema LIKE '` + ReplacedSchema + `%' ORDER BY 1, ordinal_position`

// postgres writes a statement for PostgreSQL.
func postgres(query string) string {
	if query == tablesQuery {
		return postgresTablesQuery
	}
	query = words.Replace(query)
	var b strings.Builder
	b.Grow(len(query) + 16)
	quoted, n := false, 0
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// postgresTables writes a step of an upgrade for PostgreSQL.
func postgresTables(step string) string {
	step = strings.ReplaceAll(step, "WITHOUT ROWID", "")
	return reals.ReplaceAllString(integers.ReplaceAllString(step, "BIGINT"), "DOUBLE PRECISION")
}

// connector opens connections that take portable statements.
type connector struct{ driver.Connector }

// Connect is for driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pg, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("a connection to PostgreSQL is a %T", conn)
	}
	return portable{pg}, nil
}

// portable is a connection that takes portable statements.
type portable struct{ *stdlib.Conn }

var (
	_ driver.ExecerContext      = portable{}
	_ driver.QueryerContext     = portable{}
	_ driver.ConnPrepareContext = portable{}
	_ driver.ConnBeginTx        = portable{}
	_ driver.NamedValueChecker  = portable{}
	_ driver.SessionResetter    = portable{}
	_ driver.Pinger             = portable{}
)

// ExecContext is for driver.ExecerContext.
func (c portable) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, postgres(query), args)
}

// QueryContext is for driver.QueryerContext.
func (c portable) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, postgres(query), args)
}

// Prepare is for driver.Conn.
func (c portable) Prepare(query string) (driver.Stmt, error) { return c.Conn.Prepare(postgres(query)) }

// PrepareContext is for driver.ConnPrepareContext.
func (c portable) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, postgres(query))
}

// CheckNamedValue brings an argument to what PostgreSQL takes.
func (portable) CheckNamedValue(v *driver.NamedValue) error {
	value, err := driver.DefaultParameterConverter.ConvertValue(v.Value)
	if err != nil {
		return err
	}
	switch x := value.(type) {
	case bool:
		value = int64(0)
		if x {
			value = int64(1)
		}
	case string:
		value = strings.ReplaceAll(strings.ToValidUTF8(x, "\uFFFD"), "\x00", "\uFFFD")
	}
	v.Value = value
	return nil
}
