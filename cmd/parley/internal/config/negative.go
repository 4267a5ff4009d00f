package config

import (
	"fmt"
	"reflect"
	"time"
)

// mayBeNegative are the durations for which a negative value means never.
var mayBeNegative = map[string]bool{"sip.rtp_timeout": true, "sip.session_expires": true}

// negative finds the numbers and durations of v that are below 0, which none of them may be.
func negative(v reflect.Value, at string) (errs []error) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			key := f.Tag.Get("yaml")
			if at != "" {
				key = at + "." + key
			}
			errs = append(errs, negative(v.Field(i), key)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			errs = append(errs, negative(v.Index(i), fmt.Sprintf("%s[%d]", at, i))...)
		}
	case reflect.Int, reflect.Int64:
		if v.Int() >= 0 || mayBeNegative[at] {
			return nil
		}
		if d, ok := v.Interface().(time.Duration); ok {
			return []error{fmt.Errorf("%s: %s is negative; write a duration such as 15s or 2m", at, d)}
		}
		return []error{fmt.Errorf("%s: %d is negative", at, v.Int())}
	}
	return errs
}
