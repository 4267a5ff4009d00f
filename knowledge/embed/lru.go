package embed

import "container/list"

// lru keeps what was made of the last texts. It is not safe for concurrent use.
type lru[V any] struct {
	size  int
	order *list.List // of lruItem[V], most recent first
	items map[string]*list.Element
}

type lruItem[V any] struct {
	text string
	made V
}

func newLRU[V any](size int) *lru[V] {
	return &lru[V]{size: size, order: list.New(), items: make(map[string]*list.Element, size)}
}

func (c *lru[V]) get(text string) (none V, ok bool) {
	el, ok := c.items[text]
	if !ok {
		return none, false
	}
	c.order.MoveToFront(el)
	return el.Value.(lruItem[V]).made, true
}

func (c *lru[V]) put(text string, made V) {
	if _, ok := c.items[text]; ok {
		return
	}
	c.items[text] = c.order.PushFront(lruItem[V]{text, made})
	if c.order.Len() > c.size {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.items, last.Value.(lruItem[V]).text)
	}
}
