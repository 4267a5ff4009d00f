// Package knowledge holds what Parley may say: entries (a question and its approved answer) in named bases, and the
// hybrid ranking that finds the right one for what a caller said. Stores are in knowledge/sqlite and knowledge/pgvector, files
// are read by knowledge/ingest, vectors are made by knowledge/embed.
package knowledge

// Entry is one question with its approved answer.
type Entry struct {
	ID       string   `json:"id"` // stable: made from base and question when the file gives none
	Base     string   `json:"base"`
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Similar  []string `json:"similar,omitempty"` // other ways to ask
	Category string   `json:"category,omitempty"`
	Lang     string   `json:"lang"` // "en" or "zh"

	Status
}

// Ranks are an entry's places in the separate rankings, 1 is best, 0 means not ranked.
type Ranks struct {
	Lexical int `json:"lexical"`
	Pinyin  int `json:"pinyin"`
	Dense   int `json:"dense"`
}

// Hit is an entry found for a query.
type Hit struct {
	Entry
	Score  float64 `json:"score"`   // fused; only the order means something
	PRight float64 `json:"p_right"` // calibrated probability that this entry answers the query, 0..1
	Ranks  Ranks   `json:"ranks"`
}
