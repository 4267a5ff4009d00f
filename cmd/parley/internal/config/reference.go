package config

import (
	"fmt"
	"reflect"
	"strings"
)

//go:generate go run ./reference ../../../../docs/configuration.md

// Reference returns the configuration reference in Markdown, made from the doc tags and Default.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\nOne YAML file, given with `parley serve --config FILE`. Every key has a default; a key that does not exist is an error.\n" +
		"Durations are written like `500ms`, `15s`, `30m`. This page is made from the code.\n")
	d := Default()
	d.Routes = nil
	section(&b, reflect.ValueOf(*d), "")
	return b.String()
}

func section(b *strings.Builder, v reflect.Value, at string) {
	for i, f := range indexed(v.Type()) {
		key := at + f.Tag.Get("yaml")
		t, value := f.Type, v.Field(i)
		switch {
		case t.Kind() == reflect.Struct:
			fmt.Fprintf(b, "\n## `%s`\n\n%s\n\n", key, f.Tag.Get("doc"))
			table(b, value, key+".")
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
			fmt.Fprintf(b, "\n## `%s[]`\n\n%s\n\n", key, f.Tag.Get("doc"))
			table(b, reflect.New(t.Elem()).Elem(), key+"[].")
		}
	}
}

func indexed(t reflect.Type) []reflect.StructField {
	var fs []reflect.StructField
	for f := range t.Fields() {
		fs = append(fs, f)
	}
	return fs
}

func table(b *strings.Builder, v reflect.Value, at string) {
	b.WriteString("| key | default | meaning |\n|---|---|---|\n")
	var later []func()
	for i, f := range indexed(v.Type()) {
		key := at + f.Tag.Get("yaml")
		fv := v.Field(i)
		t := f.Type
		switch {
		case t.Kind() == reflect.Struct:
			later = append(later, func() { fmt.Fprintf(b, "\n### `%s`\n\n%s\n\n", key, f.Tag.Get("doc")); table(b, fv, key+".") })
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
			later = append(later, func() {
				fmt.Fprintf(b, "\n### `%s[]`\n\n%s\n\n", key, f.Tag.Get("doc"))
				table(b, reflect.New(t.Elem()).Elem(), key+"[].")
			})
		default:
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, shown(fv), f.Tag.Get("doc"))
		}
	}
	for _, f := range later {
		f()
	}
}

func shown(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	return fmt.Sprintf("`%v`", v.Interface())
}
