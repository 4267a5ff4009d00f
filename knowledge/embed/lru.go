package embed

import "container/list"

// lru keeps the vectors of the last texts. It is not safe for concurrent use.
type lru struct {
	size  int
	order *list.List // of lruItem, most recent first
	items map[string]*list.Element
}

type lruItem struct {
	text string
	vec  []float32
}

func newLRU(size int) *lru {
	return &lru{size: size, order: list.New(), items: make(map[string]*list.Element, size)}
}

func (c *lru) get(text string) ([]float32, bool) {
	el, ok := c.items[text]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(el)
	return el.Value.(lruItem).vec, true
}

func (c *lru) put(text string, vec []float32) {
	if _, ok := c.items[text]; ok {
		return
	}
	c.items[text] = c.order.PushFront(lruItem{text, vec})
	if c.order.Len() > c.size {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.items, last.Value.(lruItem).text)
	}
}
