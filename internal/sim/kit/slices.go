package kit

import "iter"

// SliceLen is how many items [InSlices] asks for at a time.
const SliceLen = 256

// InSlices yields what next returns from each place on, until that is less than [SliceLen] items: a way to hand
// out a long list without holding the lock that guards it all the while.
func InSlices[T any](next func(from int) []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for from := 0; ; from += SliceLen {
			list := next(from)
			for _, item := range list {
				if !yield(item) {
					return
				}
			}
			if len(list) < SliceLen {
				return
			}
		}
	}
}
