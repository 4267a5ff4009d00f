package pgvector

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/knowledge"
)

// Import puts entries into their bases; see knowledge.Mover. Vectors are made first, outside the transaction, and kept as
// they are made, so that an import that was cut goes on from there when it is started again.
func (s *Store) Import(ctx context.Context, entries []knowledge.Entry, opt knowledge.ImportOptions) (knowledge.Change, error) {
	if !opt.DryRun {
		if err := s.stage(ctx, entries, opt.Progress); err != nil {
			return knowledge.Change{}, err
		}
	}
	ch := opt.Begin()
	err := s.inTx(ctx, "import", func(tx pgx.Tx) error {
		touched := map[string]bool{}
		for i, e := range entries {
			if err := s.put(ctx, tx, e, opt.By, &ch, touched); err != nil {
				return err
			}
			opt.Wrote(i+1, len(entries))
		}
		if opt.DryRun {
			return errDry
		}
		if err := unstage(ctx, tx, entries); err != nil {
			return err
		}
		for base := range touched {
			if err := touch(ctx, tx, base); err != nil {
				return err
			}
		}
		if opt.Before != nil {
			return opt.Before(ch)
		}
		return nil
	})
	if err != nil {
		return knowledge.Change{}, err
	}
	return ch, nil
}

// put writes one entry and counts what that meant.
func (s *Store) put(ctx context.Context, tx pgx.Tx, e knowledge.Entry, by string, ch *knowledge.Change, touched map[string]bool) error {
	if err := e.Check(); err != nil {
		return err
	}
	key := knowledge.QuestionKey(e.Question)
	old, ns, err := read(ctx, tx, `e.base = $1 AND (e.question_key = $2 OR e.id = $3)`, e.Base, key, e.ID)
	if err != nil {
		return err
	}
	e, old, ns, same, err := ch.Take(e, old, ns)
	if err != nil || same {
		return err
	}
	touched[e.Base] = true
	var parts []part
	if len(old) > 0 && knowledge.VectorKey(old[0]) == knowledge.VectorKey(e) {
		parts, err = readParts(ctx, tx, ns[0])
	} else {
		parts, err = s.staged(ctx, tx, e)
	}
	if err != nil {
		return err
	}
	_, err = s.replace(ctx, tx, e, old, ns, by, parts)
	return err
}

// replace writes e, renewed, in place of the entries old in the rows ns; the first of them is its earlier version.
func (s *Store) replace(ctx context.Context, tx pgx.Tx, e knowledge.Entry, old []knowledge.Entry, ns []int64, by string, parts []part) (knowledge.Entry, error) {
	var was *knowledge.Entry
	if len(old) > 0 {
		was = &old[0]
		if err := keepVersion(ctx, tx, *was); err != nil {
			return e, err
		}
		if was.ID != e.ID {
			if _, err := tx.Exec(ctx, `UPDATE knowledge_versions SET id = $1 WHERE base = $2 AND id = $3`, e.ID, e.Base, was.ID); err != nil {
				return e, fmt.Errorf("rename versions of entry %s: %w", e.ID, err)
			}
		}
	}
	var partner *knowledge.Entry
	if e.Pair != "" && e.Pair != e.ID {
		found, _, err := read(ctx, tx, `e.base = $1 AND e.id = $2`, e.Base, e.Pair)
		if err != nil {
			return e, err
		}
		if len(found) > 0 {
			partner = &found[0]
		}
	}
	e, mark := knowledge.Renewed(e, was, partner, by, time.Now())
	for i, n := range ns {
		if i > 0 { // an entry of another question gives way, with its history
			if _, err := tx.Exec(ctx, `DELETE FROM knowledge_versions WHERE base = $1 AND id = $2`, old[i].Base, old[i].ID); err != nil {
				return e, fmt.Errorf("replace entry %s: %w", e.ID, err)
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM knowledge_entries WHERE n = $1`, n); err != nil {
			return e, fmt.Errorf("replace entry %s: %w", e.ID, err)
		}
	}
	if mark > 0 {
		partner.PairVersion = mark
		body, err := json.Marshal(partner)
		if err != nil {
			return e, fmt.Errorf("mark the partner of entry %s: %w", e.ID, err)
		}
		if _, err := tx.Exec(ctx, `UPDATE knowledge_entries SET body = $1 WHERE base = $2 AND id = $3`, string(body), e.Base, e.Pair); err != nil {
			return e, fmt.Errorf("mark the partner of entry %s: %w", e.ID, err)
		}
	}
	return e, insert(ctx, tx, e, ns, parts)
}

// insert writes e in the place of the first of the rows ns that were deleted for it, or at the end.
func insert(ctx context.Context, tx pgx.Tx, e knowledge.Entry, ns []int64, parts []part) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	var place *int64
	if len(ns) > 0 {
		place = &ns[0]
	}
	queues := e.Queues
	if queues == nil {
		queues = []string{}
	}
	var n int64
	err = tx.QueryRow(ctx, `INSERT INTO knowledge_entries (n, base, id, question_key, lang, state, audience, queues, from_ms, until_ms, body, words)
		VALUES (coalesce($1, nextval('knowledge_entries_n_seq')), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, array_to_tsvector($12::text[])) RETURNING n`,
		place, e.Base, e.ID, knowledge.QuestionKey(e.Question), e.Lang, string(e.State), string(e.Audience), queues,
		millis(e.From, 0), millis(e.Until, math.MaxInt64), string(body), terms(e)).Scan(&n)
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	return writeParts(ctx, tx, n, parts)
}

// terms are what the full-text index holds of e.
func terms(e knowledge.Entry) []string {
	asked := strings.Join(append([]string{e.Question}, e.Similar...), "\n")
	out := knowledge.Terms(asked+"\n"+e.Answer, e.Lang)
	if e.Lang == "zh" {
		for _, s := range knowledge.Sounds(asked) {
			out = append(out, "~"+s)
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return s == "" || len(s) > maxTerm })
	slices.Sort(out)
	return append([]string{}, slices.Compact(out)...)
}

const maxTerm = 1000 // bytes; the database refuses longer ones than 2046

func millis(t *time.Time, none int64) int64 {
	if t == nil {
		return none
	}
	return t.UnixMilli()
}

// touch marks base as changed, so that every node indexes it anew.
func touch(ctx context.Context, tx pgx.Tx, base string) error {
	_, err := tx.Exec(ctx, `INSERT INTO knowledge_bases (name, generation) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET generation = knowledge_bases.generation + 1`, base)
	if err != nil {
		return fmt.Errorf("mark base %s as changed: %w", base, err)
	}
	return nil
}

func keepVersion(ctx context.Context, tx pgx.Tx, e knowledge.Entry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep version of entry %s: %w", e.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO knowledge_versions (base, id, version, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (base, id, version) DO UPDATE SET body = excluded.body`, e.Base, e.ID, e.Version, string(body))
	if err != nil {
		return fmt.Errorf("keep version of entry %s: %w", e.ID, err)
	}
	return nil
}

// Save stores e and returns it as stored; see knowledge.Editor.
func (s *Store) Save(ctx context.Context, e knowledge.Entry, by string) (knowledge.Entry, error) {
	if e.ID == "" {
		e.ID = knowledge.NewID(e.Base, e.Question)
	}
	if err := e.Check(); err != nil {
		return e, err
	}
	parts, err := s.vectorsFor(ctx, e)
	if err != nil {
		return e, err
	}
	return s.change(ctx, e.Base, e.ID, by, func(tx pgx.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error) {
		if e.Version > 0 && (old == nil || e.Version != old.Version) {
			return e, nil, knowledge.ErrStale
		}
		clash, _, err := read(ctx, tx, `e.base = $1 AND e.question_key = $2 AND e.id <> $3`, e.Base, knowledge.QuestionKey(e.Question), e.ID)
		if err != nil {
			return e, nil, err
		}
		if len(clash) > 0 {
			return e, nil, knowledge.Clash(clash[0])
		}
		return e.Settled(old), parts, nil
	})
}

// change replaces one entry with what f makes of it (nil = there is none), and keeps the vectors of unchanged texts.
func (s *Store) change(ctx context.Context, base, id, by string, f func(tx pgx.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error)) (e knowledge.Entry, err error) {
	err = s.inTx(ctx, "change entry "+id, func(tx pgx.Tx) error {
		old, ns, err := read(ctx, tx, `e.base = $1 AND e.id = $2`, base, id)
		if err != nil {
			return err
		}
		var was *knowledge.Entry
		var parts, made []part
		if len(old) > 0 {
			was = &old[0]
			if parts, err = readParts(ctx, tx, ns[0]); err != nil {
				return err
			}
		}
		if e, made, err = f(tx, was); err != nil {
			return err
		}
		if was == nil || knowledge.VectorKey(*was) != knowledge.VectorKey(e) {
			parts = made
		}
		if e, err = s.replace(ctx, tx, e, old, ns, by, parts); err != nil {
			return err
		}
		return touch(ctx, tx, base)
	})
	return e, err
}

// SetState moves an entry to another state.
func (s *Store) SetState(ctx context.Context, base, id string, state knowledge.State, by string) (knowledge.Entry, error) {
	return s.change(ctx, base, id, by, func(_ pgx.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error) {
		e, err := knowledge.Move(old, state)
		return e, nil, err
	})
}

// Versions returns all versions of an entry, newest first.
func (s *Store) Versions(ctx context.Context, base, id string) ([]knowledge.Entry, error) {
	e, ok, err := s.Entry(ctx, base, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, knowledge.ErrUnknown
	}
	earlier, err := earlierVersions(ctx, s.pool, base, id)
	return append([]knowledge.Entry{e}, earlier...), err
}

func earlierVersions(ctx context.Context, q querier, base, id string) (out []knowledge.Entry, err error) {
	rows, err := q.Query(ctx, `SELECT body FROM knowledge_versions WHERE base = $1 AND id = $2 ORDER BY version DESC`, base, id)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	var body string
	_, err = pgx.ForEachRow(rows, []any{&body}, func() error {
		var e knowledge.Entry
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	return out, nil
}

// Rollback stores an earlier version again, as a new one; the state stays as it is.
func (s *Store) Rollback(ctx context.Context, base, id string, version int, by string) (knowledge.Entry, error) {
	versions, err := s.Versions(ctx, base, id)
	if err != nil {
		return knowledge.Entry{}, err
	}
	e, err := knowledge.Earlier(versions, version)
	if err != nil {
		return e, err
	}
	return s.Save(ctx, e, by)
}

// Delete forgets an entry and its versions.
func (s *Store) Delete(ctx context.Context, base, id string, version int) error {
	return s.inTx(ctx, "delete entry "+id, func(tx pgx.Tx) error {
		if err := forget(ctx, tx, base, id, version); err != nil {
			return err
		}
		return touch(ctx, tx, base)
	})
}

// forget is Delete within a transaction.
func forget(ctx context.Context, tx pgx.Tx, base, id string, version int) error {
	old, ns, err := read(ctx, tx, `e.base = $1 AND e.id = $2`, base, id)
	switch {
	case err != nil:
		return err
	case len(old) == 0:
		return knowledge.ErrUnknown
	case version > 0 && version != old[0].Version:
		return knowledge.ErrStale
	}
	if _, err := tx.Exec(ctx, `DELETE FROM knowledge_entries WHERE n = $1`, ns[0]); err != nil {
		return fmt.Errorf("delete entry %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM knowledge_versions WHERE base = $1 AND id = $2`, base, id); err != nil {
		return fmt.Errorf("delete entry %s: %w", id, err)
	}
	return nil
}
