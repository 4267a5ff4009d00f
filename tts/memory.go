package tts

import (
	"container/list"
	"sync"
)

// memory keeps the pieces used last, up to a number of bytes.
type memory struct {
	limit int64

	mu    sync.Mutex
	size  int64
	order *list.List // front: used last; values are *memoryItem
	items map[Key]*list.Element
}

type memoryItem struct {
	key Key
	pcm []int16
}

func newMemory(limit int64) *memory {
	return &memory{limit: limit, order: list.New(), items: map[Key]*list.Element{}}
}

func (m *memory) get(k Key) ([]int16, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.items[k]
	if !ok {
		return nil, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*memoryItem).pcm, true
}

func (m *memory) put(k Key, pcm []int16) {
	bytes := int64(2 * len(pcm))
	if bytes > m.limit/4 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.items[k]; ok {
		m.remove(e)
	}
	m.items[k] = m.order.PushFront(&memoryItem{k, pcm})
	m.size += bytes
	for m.size > m.limit {
		m.remove(m.order.Back())
	}
}

func (m *memory) remove(e *list.Element) {
	it := m.order.Remove(e).(*memoryItem)
	delete(m.items, it.key)
	m.size -= int64(2 * len(it.pcm))
}
