package pos

// SetTrace sets the last trace used, so that a test does not have to use a million.
func SetTrace(t *Terminal, last int) { t.mem.Trace = last }
