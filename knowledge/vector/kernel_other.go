//go:build !amd64

package vector

// kernels are those for this processor beside the plain one, fastest first.
func kernels() []named { return nil }
