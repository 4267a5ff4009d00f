package scoring

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// Packs are forms to begin with, one per trade. None is used until a person stores it as a form.
func Packs() ([]Form, error) {
	files, err := packFiles.ReadDir("packs")
	if err != nil {
		return nil, fmt.Errorf("read packs: %w", err)
	}
	var out []Form
	for _, f := range files {
		text, err := packFiles.ReadFile("packs/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read packs: %w", err)
		}
		out = append(out, Form{ID: strings.TrimSuffix(f.Name(), ".yaml"), YAML: string(text)})
	}
	return out, nil
}
