// Command reference writes the configuration reference to the file named by its argument.
package main

import (
	"fmt"
	"os"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

func main() {
	if err := os.WriteFile(os.Args[1], []byte(config.Reference()), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
