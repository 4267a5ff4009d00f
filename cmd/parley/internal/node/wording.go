package node

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/assist/llm"
)

// wording shows what became of the sentences of the language model.
type wording struct{ p *llm.Phraser }

var (
	descSaid    = prometheus.NewDesc("parley_llm_sentences_said_total", "Sentences of the language model that the knowledge supports.", nil, nil)
	descDropped = prometheus.NewDesc("parley_llm_sentences_dropped_total", "Sentences of the language model that the knowledge does not support, which nobody heard.", []string{"why"}, nil)
	descReplies = prometheus.NewDesc("parley_llm_replies_total", "Replies asked of the language model, by how they ended.", []string{"end"}, nil)
)

// Describe is for prometheus.Collector.
func (w wording) Describe(ch chan<- *prometheus.Desc) {
	ch <- descSaid
	ch <- descDropped
	ch <- descReplies
}

// Collect is for prometheus.Collector.
func (w wording) Collect(ch chan<- prometheus.Metric) {
	c := w.p.Counts()
	count := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	count(descSaid, c.Said)
	for _, why := range llm.Whys() {
		count(descDropped, c.Dropped[why], why)
	}
	for _, end := range llm.Ends() {
		count(descReplies, c.Replies[end], end)
	}
}
