package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ErrNodesRun means nodes that use the database are running.
var ErrNodesRun = errors.New("store: nodes that use this database are running: stop all of them first")

// ReplacedSchema begins the name of the schema that keeps the tables a copy took the place of.
const ReplacedSchema = "parley_replaced_"

// Copy is a copy of a database in a folder, as CopyOut writes it.
type Copy struct {
	dir   string
	index copyIndex
	steps []string // what makes the tables, of the versions that the copy has
}

// ReadCopy looks at the copy in dir. knowledge gives the statements that make the tables of a version of the knowledge. A
// copy that a newer program made is ErrNewer.
func ReadCopy(dir string, knowledge func(version int) ([]string, error)) (*Copy, error) {
	c := &Copy{dir: dir}
	b, err := os.ReadFile(filepath.Join(dir, copyIndexName))
	if err == nil {
		err = json.Unmarshal(b, &c.index)
	}
	if err != nil {
		return nil, fmt.Errorf("read the copy of the database: %w", err)
	}
	have := c.index.Versions
	c.steps = []string{postgresTables(partsTable)}
	for _, p := range allParts() {
		v := have[p.name]
		if v < 0 || v > len(p.steps) {
			return nil, fmt.Errorf("%w (its %s have version %d, this program knows %d)", ErrNewer, p.name, v, len(p.steps))
		}
		for _, s := range p.steps[:v] {
			c.steps = append(c.steps, postgresTables(s))
		}
	}
	if v := have[knowledgePart]; v > 0 {
		more, err := knowledge(v)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNewer, err)
		}
		c.steps = append(c.steps, more...)
	}
	for name := range have {
		if name != knowledgePart && !slices.ContainsFunc(allParts(), func(p part) bool { return p.name == name }) {
			return nil, fmt.Errorf("%w (it has %s, which this program does not know)", ErrNewer, name)
		}
	}
	return c, nil
}

// Knowledge reports whether the knowledge is in the copy.
func (c *Copy) Knowledge() bool { return c.index.Versions[knowledgePart] > 0 }

// Holds reports whether a database has tables of Parley. Nodes that run on it are ErrNodesRun.
func Holds(ctx context.Context, url string) (bool, error) {
	var some bool
	err := onPostgres(ctx, url, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx, _ copier) (bool, error) {
		have, _, err := ownTables(ctx, tx)
		if err != nil {
			return false, err
		}
		some = len(have) > 0
		return false, asleep(ctx, tx, have)
	})
	if err != nil {
		return false, fmt.Errorf("look into the database: %w", err)
	}
	return some, nil
}

// asleep is ErrNodesRun when a node gives signs of life.
func asleep(ctx context.Context, tx *sql.Tx, have []copiedTable) error {
	if !holdsTable(have, "nodes") {
		return nil
	}
	var awake bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM nodes WHERE beat_ms >= "+dbNow+" - ?)", deadAfter.Milliseconds()).Scan(&awake); err != nil {
		return fmt.Errorf("look for nodes: %w", err)
	}
	if awake {
		return ErrNodesRun
	}
	return nil
}

func holdsTable(have []copiedTable, name string) bool {
	return slices.ContainsFunc(have, func(t copiedTable) bool { return t.Name == name })
}

// Try loads the copy into a schema of its own in the database at url, and undoes that.
func (c *Copy) Try(ctx context.Context, url string) error {
	err := onPostgres(ctx, url, nil, func(tx *sql.Tx, rows copier) (bool, error) {
		_, err := c.fillApart(ctx, tx, rows, "parley_trial")
		return false, err
	})
	if err != nil {
		return fmt.Errorf("try the copy of the database: %w", err)
	}
	return nil
}

// putAside moves tables to a new schema, with all that belongs to them.
func putAside(ctx context.Context, tx *sql.Tx, have []copiedTable) (schema string, err error) {
	if len(have) == 0 {
		return "", nil
	}
	schema = stamped(ReplacedSchema)
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return "", fmt.Errorf("%w: the user of the database must be allowed to make schemas", err)
	}
	for _, t := range have {
		if _, err := tx.ExecContext(ctx, "ALTER TABLE "+pgx.Identifier{t.Name}.Sanitize()+" SET SCHEMA "+schema); err != nil {
			return "", fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return schema, nil
}

// serialsQuery lists the columns that count by themselves, with the sequences they count by.
const serialsQuery = `SELECT table_name::text, column_name::text, pg_get_serial_sequence(quote_ident(table_schema) || '.' || quote_ident(table_name), column_name)
	FROM information_schema.columns WHERE table_schema = current_schema() AND column_default LIKE 'nextval(%'`

// fillApart makes a schema and fills it. It returns the schemas that a connection which uses it looks into.
func (c *Copy) fillApart(ctx context.Context, tx *sql.Tx, rows copier, schema string) (path string, err error) {
	var usual string
	if err := tx.QueryRowContext(ctx, "SELECT quote_ident(current_schema()), '"+schema+", ' || current_setting('search_path')").Scan(&usual, &path); err != nil {
		return "", fmt.Errorf("look for the schema: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return "", fmt.Errorf("make a schema to load it into: %w: the user of the database must be allowed to", err)
	}
	if _, err := tx.ExecContext(ctx, "SELECT set_config('search_path', ?, true)", path); err != nil {
		return "", fmt.Errorf("use the schema: %w", err)
	}
	if err := c.fill(ctx, tx, rows); err != nil {
		return "", err
	}
	// An extension is of the whole database and outlives the schema.
	added, err := strs(ctx, tx, "SELECT quote_ident(extname) FROM pg_extension WHERE extnamespace = current_schema()::regnamespace")
	if err != nil {
		return "", err
	}
	for _, e := range added {
		if _, err := tx.ExecContext(ctx, "ALTER EXTENSION "+e+" SET SCHEMA "+usual); err != nil {
			return "", fmt.Errorf("make the extension %s: %w", e, err)
		}
	}
	return path, nil
}

// fill makes the tables in the schema that is in front, where none of them is, loads the rows and brings all up to date.
func (c *Copy) fill(ctx context.Context, tx *sql.Tx, rows copier) error {
	for _, s := range c.steps {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("make tables: %w", err)
		}
	}
	made, _, err := ownTables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range c.index.Tables {
		if !holdsTable(made, t.Name) { // the name leads to a file
			return fmt.Errorf("the copy has a table %q, which this program does not know", t.Name)
		}
		if err := c.load(ctx, tx, rows, t); err != nil {
			return fmt.Errorf("load %s: %w", t.Name, err)
		}
	}
	if err := countOn(ctx, tx); err != nil {
		return err
	}
	for _, p := range allParts() {
		if err := upgradeIn(ctx, tx, p, postgresTables); err != nil {
			return fmt.Errorf("upgrade %s: %w", p.name, err)
		}
	}
	return nil
}

// load puts the rows of one table in place of those that the steps made.
func (c *Copy) load(ctx context.Context, tx *sql.Tx, rows copier, t copiedTable) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+pgx.Identifier{t.Name}.Sanitize()); err != nil {
		return err
	}
	f, err := os.Open(t.file(c.dir))
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := rows.in(ctx, f, t)
	if err != nil {
		return err
	}
	if n != t.Rows {
		return fmt.Errorf("%d rows, and the copy was made with %d", n, t.Rows)
	}
	return nil
}

// countOn has columns that count by themselves go on after the greatest number that is there.
func countOn(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, serialsQuery)
	if err != nil {
		return fmt.Errorf("list numbered columns: %w", err)
	}
	all, err := collect(rows, "list numbered columns", func(r scanner) (serial [3]string, err error) {
		return serial, r.Scan(&serial[0], &serial[1], &serial[2])
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		table, column := pgx.Identifier{s[0]}.Sanitize(), pgx.Identifier{s[1]}.Sanitize()
		if _, err := tx.ExecContext(ctx, "SELECT setval(CAST(? AS TEXT)::regclass, coalesce(max("+column+"), 0) + 1, false) FROM "+table, s[2]); err != nil {
			return fmt.Errorf("number %s: %w", s[0], err)
		}
	}
	return nil
}
