package insight

import (
	"fmt"
	"math"
)

// saved is the estimate of what people's time the bot spared. It is nothing without a cost, or where no person had a call
// whose time could be taken.
func saved(now, before map[string]tally, o *Options, compare bool) Figure {
	f := Figure{Definition: savedDefinition(), Currency: o.Currency}
	f.Value, f.Worked = estimate(now, o)
	if compare {
		v, _ := estimate(before, o)
		f.Before = &v
		if f.Value.Value != nil && v.Value != nil {
			f.Change = savedChange(f.Value, v)
		}
	}
	return f
}

// savedChange is the difference of two estimates.
func savedChange(now, before Value) *Change {
	c := &Change{Value: *now.Value - *before.Value}
	if now.Low != nil && before.Low != nil {
		i := between(*now.Value, *before.Value, *now.Low, *now.High, *before.Low, *before.High)
		c.Low, c.High, c.Sure = &i.Low, &i.High, i.Low > 0 || i.High < 0
	}
	return c
}

func estimate(t map[string]tally, o *Options) (Value, string) {
	contained, handle := t["containment"], t["handle"]
	k := math.Round(contained.Mean * float64(contained.N))
	v := Value{N: int(k), Unknown: contained.unknown}
	if o.Cost <= 0 || handle.N == 0 {
		return v, ""
	}
	per := k * o.Cost / 3600
	value := per * handle.Mean
	v.Value = &value
	if i, ok := handle.Range(); ok {
		low, high := per*max(0, i.Low), per*i.High
		v.Low, v.High = &low, &high
	}
	return v, fmt.Sprintf("%.0f × %.0f s ÷ 3600 × %g %s", k, handle.Mean, o.Cost, o.Currency)
}
