package config

import (
	"cmp"
	"runtime/debug"
)

var version string //nolint:gochecknoglobals // deploy/build.sh has the linker set it

// Version is the version of this program as the build knows it.
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		return cmp.Or(version, b.Main.Version, "(devel)")
	}
	return cmp.Or(version, "(devel)")
}
