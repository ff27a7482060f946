package emv

// depthMax is how deep templates may lie in templates; field 55 needs two.
const depthMax = 4

// Strip returns what may be stored of field 55: all elements but those of [Tag.Secret], inside templates
// too. What cannot be parsed is dropped, and everything after it on the same level, since a card number
// could lie there. The result shares no memory with f55 and is nil when nothing is left.
func Strip(f55 []byte) []byte { return strip(f55, 0) }

func strip(b []byte, depth int) []byte {
	if depth == depthMax {
		return nil
	}
	list, _ := Parse(b) // what follows a fault is meant to be lost
	var out []byte
	for _, e := range list {
		switch {
		case e.Tag.Secret():
		case e.Tag.Constructed():
			out = Append(out, e.Tag, strip(e.Value, depth+1))
		default:
			out = Append(out, e.Tag, e.Value)
		}
	}
	return out
}
