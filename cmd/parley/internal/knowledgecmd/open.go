package knowledgecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/knowledge/pgvector"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/models"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// Embedders are the embedding models by language. Close them after the last use.
type Embedders map[string]*embed.Embedder

// OpenEmbedders checks and loads the models of langs.
func OpenEmbedders(env *cli.Env, langs ...string) (Embedders, error) {
	weights, err := models.Open(env.Models)
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for _, lang := range langs {
		if folders[lang], err = weights.Folder("bge-small-" + lang); err != nil {
			return nil, err
		}
	}
	if err := onnx.Start(cli.ONNXRuntime()); err != nil {
		return nil, err
	}
	out := Embedders{}
	for lang, dir := range folders {
		if out[lang], err = embed.Open(dir); err != nil {
			delete(out, lang)
			return nil, errors.Join(err, out.Close())
		}
		if env.Home != "" {
			out[lang].KeepIn(filepath.Join(env.Home, "cache", "vectors"))
		}
	}
	return out, nil
}

// ByLang are embedders as whoever reads with them calls them, by language; none where there are none.
func ByLang[T any](embedders Embedders, as func(*embed.Embedder) T) map[string]T {
	out := make(map[string]T, len(embedders))
	for lang, em := range embedders {
		out[lang] = as(em)
	}
	return out
}

// Vectors makes vectors in a language, nil ones where there is no model of it.
type Vectors Embedders

// EmbedIn makes the vectors of texts.
func (v Vectors) EmbedIn(ctx context.Context, lang string, texts []string) ([][]float32, error) {
	em := v[lang]
	if em == nil {
		return make([][]float32, len(texts)), nil
	}
	return em.Embed(ctx, texts)
}

// Close frees the models.
func (e Embedders) Close() error {
	var errs []error
	for _, em := range e {
		errs = append(errs, em.Close())
	}
	return errors.Join(errs...)
}

// kept is knowledge in a file or in PostgreSQL.
type kept interface {
	knowledge.Store
	knowledge.Trier
	// RenewBehind lets searches go on while many vectors are made; call it before the first.
	RenewBehind(idly knowledge.Idly)
	// Tidy makes sure that the disk does not hold what was deleted.
	Tidy(ctx context.Context) error
}

var (
	_ kept = (*sqlite.Store)(nil)
	_ kept = (*pgvector.Store)(nil)
)

// Store is the knowledge together with the models it searches with.
type Store struct {
	kept
	embedders Embedders
}

// openKept opens the knowledge of env, which is made when there is none. Without embedders it is searched by words alone.
func openKept(ctx context.Context, env *cli.Env, embedders map[string]knowledge.KeptEmbedder, progress func(done, total int)) (kept, error) {
	if env.Database != "" {
		return pgvector.Open(ctx, env.Database, pgvector.Options{Embedders: embedders, Log: env.Log, Progress: progress})
	}
	return sqlite.Open(ctx, filepath.Join(env.Home, "knowledge.db"), sqlite.Options{Embedders: embedders, Log: env.Log, Progress: progress})
}

// Plain is knowledge without models: it is searched by words alone.
type Plain struct{ kept }

// OpenPlain opens the knowledge of env, which is made when there is none, for whoever does not search by meaning.
func OpenPlain(ctx context.Context, env *cli.Env) (*Plain, error) {
	k, err := openKept(ctx, env, nil, nil)
	if err != nil {
		return nil, err
	}
	return &Plain{k}, nil
}

// OpenStore opens the knowledge of env, which is made when there is none, with the models of both languages.
// progress is told of vectors being made and may be nil.
func OpenStore(ctx context.Context, env *cli.Env, progress func(done, total int)) (*Store, error) {
	if err := os.MkdirAll(env.Home, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w; set PARLEY_HOME to a folder that can be written", err)
	}
	embedders, err := OpenEmbedders(env, "en", "zh")
	if err != nil {
		return nil, err
	}
	st, err := openKept(ctx, env, ByLang(embedders, func(em *embed.Embedder) knowledge.KeptEmbedder { return em }), progress)
	if err != nil {
		return nil, errors.Join(err, embedders.Close())
	}
	return &Store{st, embedders}, nil
}

// Embedders are the models the store searches with. They are closed with it.
func (s *Store) Embedders() Embedders { return s.embedders }

// Close closes the knowledge and frees the models.
func (s *Store) Close() error { return errors.Join(s.kept.Close(), s.embedders.Close()) }
