// Package store keeps the record of the calls and what belongs to it: in one SQLite file, calls.db, which one process
// writes and any number may read at the same time, or in PostgreSQL, which any number of nodes share. Transcripts and
// recordings are files in a folder per call, in the data folder of the node that carried the call.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/knowledge/sqlitefile"
	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrNewer means the database was written by a newer Parley.
	ErrNewer = errors.New("store: the database was written by a newer Parley: upgrade this one")
	// ErrTwice means another node has the same name.
	ErrTwice = errors.New("store: another node of this name is running: every node needs a data folder of its own")
)

const (
	fileName   = "calls.db"
	foldersIn  = "calls"
	readers    = 4 // connections for reading
	folderMode = 0o700
	fileMode   = 0o600
)

// AudioName is the file of the recording in the folder of a call.
const AudioName = "audio.wav"

// Store is the record of the calls. All methods may be called from any goroutine.
type Store struct {
	home   string
	log    *slog.Logger
	write  *sql.DB // of SQLite one connection: it has one writer
	read   *sql.DB // in PostgreSQL the same as write
	pulse  *sql.DB // for signs of life; nil with SQLite
	shared bool    // by several nodes, in PostgreSQL
	node   string
	source string
	keys   atomic.Pointer[seal.Ring] // nil: no recording is sealed

	sealing atomic.Pointer[sealing] // of columns; nil: not read yet
	sure    atomic.Bool             // this node gives signs of life, so that others can be judged by theirs

	judgedAt, countedAt atomic.Int64 // when marks were compared with what there is, in milliseconds; 0: not yet
}

// Options say where the record is.
type Options struct {
	// Home is the data folder: of the recordings and transcripts and, without a URL, of calls.db.
	Home string
	// URL is the address of a PostgreSQL database, as postgres://user:password@host/name; "" keeps the record in Home.
	URL string
	// Node names the node among those that share the database, "" for a command that carries no calls. Without a URL it
	// is not used.
	Node string
	// Source names the event bus whose places are kept: nodes on one bus say the same. Without a URL it is not used.
	Source string
	Log    *slog.Logger // nil discards
	// Keys gives the keys for a record that is sealed; it is not called for others. nil: there are none, and what is sealed
	// is not read.
	Keys func(context.Context) (*seal.Ring, error)
}

// Path is where the file of the records is in a data folder.
func Path(home string) string { return filepath.Join(home, fileName) }

// Folder is the folder of one call's files (audio.wav, transcripts) in a data folder. It is made by whoever writes the
// first file. An ID that could lead elsewhere is an error.
func Folder(home string, id call.ID) (string, error) {
	if !plainID(id) {
		return "", fmt.Errorf("%w: %q is not a call id", record.ErrUnknown, id)
	}
	return filepath.Join(home, foldersIn, string(id)), nil
}

// Open opens the record in calls.db of the data folder home; see OpenAt.
func Open(ctx context.Context, home string, log *slog.Logger) (*Store, error) {
	return OpenAt(ctx, Options{Home: home, Log: log})
}

// OpenAt opens the record and makes or upgrades it when needed; an older calls.db is copied to calls.db.v<version>.bak
// first, a newer one is refused with ErrNewer. The caller must Close it.
func OpenAt(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Home, folderMode); err != nil {
		return nil, fmt.Errorf("make the data folder: %w: set PARLEY_HOME to a folder you can write", err)
	}
	s := &Store{home: o.Home, log: o.Log}
	if o.URL == "" {
		if err := s.openFile(ctx); err != nil {
			return nil, err
		}
	} else {
		s.node, s.source = o.Node, o.Source
		if err := s.openPostgres(ctx, o.URL); err != nil {
			return nil, err
		}
	}
	if err := s.Unlock(ctx, o.Keys); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Existing is OpenAt for a record that must be there: without a database and without calls.db in the data folder the error
// wraps fs.ErrNotExist, and nothing is made.
func Existing(ctx context.Context, o Options) (*Store, error) {
	if o.URL == "" {
		if _, err := os.Stat(Path(o.Home)); err != nil {
			return nil, fmt.Errorf("there are no calls in %s, set PARLEY_HOME to the data folder of the server: %w", o.Home, err)
		}
	}
	return OpenAt(ctx, o)
}

func (s *Store) openFile(ctx context.Context) error {
	home := s.home
	err := sqlitefile.OwnersOnly(Path(home))
	if err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", dsn(home, "_txlock=immediate")); err != nil {
		return fmt.Errorf("open calls.db: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write, home); err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", Path(home), sqlitefile.Explained(err, Path(home))), s.write.Close())
	}
	if s.read, err = sql.Open("sqlite", dsn(home, "_pragma=query_only(1)")); err != nil {
		return errors.Join(fmt.Errorf("open calls.db: %w", err), s.write.Close())
	}
	s.read.SetMaxOpenConns(readers)
	return nil
}

func dsn(home, extra string) string {
	// What is deleted is overwritten at once: see Keeping.
	return fileDSN(Path(home), "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=secure_delete(1)&"+extra)
}

func fileDSN(path, extra string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	if !filepath.IsAbs(path) {
		u = url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	}
	return u.String() + "?" + extra
}

// Close closes the file or the connections.
func (s *Store) Close() error {
	if s.shared {
		return errors.Join(s.pulse.Close(), s.write.Close())
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Shared reports whether other nodes may use the same record.
func (s *Store) Shared() bool { return s.shared }

// Check reports whether the record can be read, for a readiness probe.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.Position(ctx)
	return err
}

// Audio opens the recording of a call for reading. Of a running call it is what has been written by now. The errors are
// record.ErrUnknown and record.ErrNoAudio, and seal.ErrKey when it is sealed with a key that UseKeys did not give; the
// caller must close it.
func (s *Store) Audio(_ context.Context, id call.ID) (record.Audio, error) {
	if !plainID(id) {
		return nil, record.ErrUnknown
	}
	// A root keeps even a symbolic link in a call's folder from leading out of the data folder.
	root, err := os.OpenRoot(filepath.Join(s.home, foldersIn))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, record.ErrNoAudio
	}
	if err != nil {
		return nil, fmt.Errorf("open recordings: %w", err)
	}
	defer root.Close()
	f, err := root.Open(string(id) + "/" + AudioName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, record.ErrNoAudio
	}
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	yes, err := seal.Sealed(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !yes {
		return f, nil
	}
	return s.keys.Load().Over(f)
}

// UseKeys gives the keys that recordings are sealed with; it may be called at any time.
func (s *Store) UseKeys(r *seal.Ring) { s.keys.Store(r) }

// plainID reports whether id can be a name of a folder and nothing else.
func plainID(id call.ID) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
