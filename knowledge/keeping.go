package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// What every store of entries does alike, whatever database it keeps them in.

// KeptEmbedder is an Embedder whose vectors can be kept: Hash names the model that made them.
type KeptEmbedder interface {
	Embedder
	Hash() string
}

// Parts of an entry that have a vector; similar questions count up from 1.
const (
	PartAnswer   = -1
	PartQuestion = 0
)

// PartVector is one vector of an entry.
type PartVector struct {
	Embedder string // hash of the one that made it
	Part     int
	Vec      []float32
}

// VectorKey identifies the texts of an entry that have vectors: entries with the same key have the same ones.
func VectorKey(e Entry) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{e.Lang}, textsOf(e)...), "\x00")))
	return string(sum[:])
}

// VectorCount is how many texts of entries have a vector each: answers, questions and similar questions.
func VectorCount(entries ...Entry) int {
	n := 0
	for _, e := range entries {
		n += 2 + len(e.Similar)
	}
	return n
}

// madeTogether is how many entries are given to an embedder at once: one by one, a core that has made the vector of a short
// question would wait for the one that makes that of its long answer.
const madeTogether = 32

// MakeVectors makes the vectors of entries, by VectorKey, with the embedder of each one's language; entries without one
// are passed over. progress, which may be nil, is told every few entries of how many texts are done. It blocks and ends with ctx.
func MakeVectors(ctx context.Context, embedders map[string]KeptEmbedder, entries []Entry, progress func(done, total int)) (map[string][]PartVector, error) {
	total, done := VectorCount(entries...), 0
	out := make(map[string][]PartVector, len(entries))
	for some := range slices.Chunk(entries, madeTogether) {
		byLang := map[string][]Entry{}
		for _, e := range some {
			byLang[e.Lang] = append(byLang[e.Lang], e)
		}
		for lang, list := range byLang {
			if em := embedders[lang]; em != nil {
				if err := makeTogether(ctx, em, list, out); err != nil {
					return nil, err
				}
			}
		}
		done += VectorCount(some...)
		if progress != nil {
			progress(done, total)
		}
	}
	return out, nil
}

// makeTogether puts the vectors of entries, which share a language, into out. A text that several of them have is embedded once.
func makeTogether(ctx context.Context, em KeptEmbedder, entries []Entry, out map[string][]PartVector) error {
	var texts []string
	at := map[string]int{} // of a text in texts
	for _, e := range entries {
		for _, text := range textsOf(e) {
			if _, ok := at[text]; !ok {
				at[text] = len(texts)
				texts = append(texts, text)
			}
		}
	}
	vecs, err := em.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("make vectors of %d entries, the first of them %s: %w", len(entries), entries[0].ID, err)
	}
	for _, e := range entries {
		parts := make([]PartVector, 0, VectorCount(e))
		for i, text := range textsOf(e) {
			parts = append(parts, PartVector{em.Hash(), PartAnswer + i, vecs[at[text]]})
		}
		out[VectorKey(e)] = parts
	}
	return nil
}

// textsOf are the texts of e that have vectors, in the order of their parts from PartAnswer on.
func textsOf(e Entry) []string {
	return append([]string{e.Answer, e.Question}, e.Similar...)
}

// NewIndexes builds an index for each language of entries. vectors gives those of entry i by part; what is missing is nil.
func NewIndexes(entries []Entry, vectors func(i int) map[int][]float32) map[string]*Index {
	items := map[string][]Item{}
	for i, e := range entries {
		v := vectors(i)
		it := Item{Entry: e, Question: v[PartQuestion], Answer: v[PartAnswer]}
		for k := range e.Similar {
			it.Similar = append(it.Similar, v[k+1])
		}
		items[e.Lang] = append(items[e.Lang], it)
	}
	out := map[string]*Index{}
	for lang, list := range items {
		out[lang] = NewIndex(list, lang)
	}
	return out
}

// Take counts an imported entry against those it may replace, which have its question or its ID, and lie in the rows ns. It returns the
// entry as it is to be kept, those that it does replace - the first is its earlier version -, their rows, and whether there is nothing to write.
// The error is a RowError; a dry run notes it in the row instead, and writes nothing of it.
func (ch *Change) Take(e Entry, old []Entry, ns []int64) (kept Entry, were []Entry, rows []int64, same bool, err error) {
	own := make([]bool, len(old)) // written by this import
	for i, o := range old {
		own[i] = ch.done[[2]string{o.Base, o.ID}]
	}
	e, replaced := ch.replaced(e, old)
	for _, i := range replaced {
		were, rows = append(were, old[i]), append(rows, ns[i])
		ch.Outlook = ch.Outlook.and(old[i].ID, old[i].Version, old[i].Updated, own[i])
	}
	ch.Outlook = ch.Outlook.and(e.ID, 0, time.Time{}, true)
	var row Row
	if len(were) > 0 {
		row.Was = &were[0]
	}
	if len(were) > 1 {
		row.Gone = &were[1]
	}
	e = e.Inherit(row.Was)
	row.Entry, row.Wrong = e, e.Check() // what it inherits may not go with what it says
	n := ch.taken
	ch.taken++
	if ch.Rows != nil {
		ch.Rows = append(ch.Rows, row)
	} else if row.Wrong != nil {
		return e, nil, nil, false, &RowError{n, row.Wrong}
	}
	switch {
	case row.Wrong != nil:
		return e, nil, nil, true, nil
	case row.Same():
		ch.Same++
		return e, were, rows, true, nil
	case row.Was == nil:
		ch.New++
	default:
		ch.Changed++
	}
	if row.Was == nil || row.Was.Answer != e.Answer {
		ch.Answers = append(ch.Answers, e)
	}
	if row.Gone != nil {
		ch.Forgotten = append(ch.Forgotten, *row.Gone)
	}
	return e, were, rows, false, nil
}

// and is o, and then something that is done to an entry: of one that the import has written itself, its version and time tell nothing.
func (o Outlook) and(id string, version int, updated time.Time, own bool) Outlook {
	if own {
		version, updated = 0, time.Time{}
	}
	return sha256.Sum256(fmt.Appendf(o[:], "%q %d %d", id, version, updated.UnixMilli()))
}

// replaced picks the entries that e replaces, by their places in old, and gives e the ID it is kept with. An ID that a file names says which entry
// is meant; without one the question does, and of a question that was changed since the ID made from it.
func (ch *Change) replaced(e Entry, old []Entry) (kept Entry, at []int) {
	asks, has := -1, -1
	for i := range old {
		if QuestionKey(old[i].Question) == QuestionKey(e.Question) {
			asks = i
		}
		if old[i].ID == e.ID {
			has = i
		}
	}
	if e.ID == NewID(e.Base, e.Question) {
		switch {
		case asks >= 0:
			has, e.ID = asks, old[asks].ID
		case has >= 0 && ch.done[[2]string{e.Base, e.ID}]: // by a row before this one, for its own question
			has, e.ID = -1, NewID(e.Base, e.ID+" "+e.Question)
		}
	}
	if ch.done == nil {
		ch.done = map[[2]string]bool{}
	}
	ch.done[[2]string{e.Base, e.ID}] = true
	if has >= 0 {
		at = append(at, has)
	}
	if asks >= 0 && asks != has {
		at = append(at, asks)
	}
	return e, at
}

// Earlier is a version of an entry as it is to be saved to have it again in place of the present one: versions are all of them,
// newest first. The state stays.
func Earlier(versions []Entry, version int) (Entry, error) {
	for _, e := range versions {
		if e.Version == version {
			e.ID, e.State, e.Version = versions[0].ID, versions[0].State, versions[0].Version
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("%w in version %d", ErrUnknown, version)
}

// Move returns the entry old in another state; nil is ErrUnknown.
func Move(old *Entry, state State) (Entry, error) {
	if old == nil {
		return Entry{}, ErrUnknown
	}
	e := *old
	e.State = state
	if state == "" {
		return e, fmt.Errorf("%w: no state is given", ErrInvalid)
	}
	return e, e.Check()
}

// ReadKept reads what an Export wrote. Errors name the entry, counted from 1.
func ReadKept(r io.Reader) ([]Kept, error) {
	var out []Kept
	ids, questions := map[[2]string]bool{}, map[[2]string]bool{}
	for dec := json.NewDecoder(r); ; {
		var k Kept
		if err := dec.Decode(&k); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(out)+1, err)
		}
		if err := k.Check(); err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(out)+1, err)
		}
		id, question := [2]string{k.Base, k.ID}, [2]string{k.Base, QuestionKey(k.Question)}
		if ids[id] || questions[question] {
			return nil, fmt.Errorf("entry %d: %w: its id or its question is there already", len(out)+1, ErrInvalid)
		}
		ids[id], questions[question] = true, true
		k.Entry = k.Settled(nil)
		for i := range k.Earlier {
			k.Earlier[i].Base, k.Earlier[i].ID = k.Base, k.ID // it may have had another one
		}
		out = append(out, k)
	}
}

// WriteKept writes entries as ReadKept reads them; earlier gives the versions of one before.
func WriteKept(w io.Writer, entries []Entry, earlier func(base, id string) ([]Entry, error)) error {
	enc := json.NewEncoder(w)
	for _, e := range entries {
		before, err := earlier(e.Base, e.ID)
		if err != nil {
			return err
		}
		if err := enc.Encode(Kept{e, before}); err != nil {
			return err
		}
	}
	return nil
}

// RestoreKept writes what was kept in place of what is there, by what a store does within one transaction: forget an entry with its versions
// (ErrUnknown where there is none), put one, and note that a base has changed. All are forgotten before any is put, as two may have changed places.
func RestoreKept(all []Kept, forget func(base, id string) error, put func(Kept) error, touch func(base string) error) error {
	touched := map[string]bool{}
	for _, k := range all {
		if err := forget(k.Base, k.ID); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
		touched[k.Base] = true
	}
	for _, k := range all {
		if err := put(k); err != nil {
			return err
		}
	}
	for base := range touched {
		if err := touch(base); err != nil {
			return err
		}
	}
	return nil
}

// Clash says that what an entry asks is asked by another one of its base.
func Clash(other Entry) error {
	return fmt.Errorf("%w: entry %s asks the same question", ErrInvalid, other.ID)
}
