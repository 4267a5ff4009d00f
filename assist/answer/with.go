package answer

// With returns an engine over the same knowledge with another bar; 0 takes the default.
func (e *Engine) With(bar float64) *Engine {
	o := e.opt
	o.Bar, o.Ask = bar, 0
	return New(e.understand, e.search, o)
}
