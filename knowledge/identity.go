package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// QuestionKey makes questions that differ only in case, width, spacing and final punctuation alike.
func QuestionKey(question string) string {
	s := strings.ToLower(norm.NFKC.String(question))
	return strings.TrimRight(strings.Join(strings.Fields(s), " "), " ?!.。")
}

// NewID makes the ID of an entry whose file gives none: it stays when the answer changes and when the file is read
// again.
func NewID(base, question string) string {
	sum := sha256.Sum256([]byte(base + "\x00" + QuestionKey(question)))
	return hex.EncodeToString(sum[:6])
}
