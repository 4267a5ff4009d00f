package rules

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// fileKeys are all keys that a rule file can hold.
var fileKeys = sync.OnceValue(func() []string {
	var out []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				f := t.Field(i)
				if key := f.Tag.Get("yaml"); !slices.Contains(out, key) {
					out = append(out, key)
				}
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[fileIn]())
	slices.Sort(out)
	return out
})

// keyHint names the key that was probably meant, for the YAML library's complaint about an unknown one.
func keyHint(complaint string) string {
	rest, ok := strings.CutPrefix(complaint, `unknown field "`)
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, `"`)
	return didYouMean(key, fileKeys())
}
