package render

import (
	"image/png"
	"sync"
)

// pngBuffers lends the encoder its compressor, which is by far its largest allocation.
var pngBuffers bufferPool

type bufferPool struct{ pool sync.Pool }

func (b *bufferPool) Get() *png.EncoderBuffer {
	e, _ := b.pool.Get().(*png.EncoderBuffer)
	return e
}

func (b *bufferPool) Put(e *png.EncoderBuffer) { b.pool.Put(e) }
