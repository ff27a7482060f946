package pos

// SetTrace sets the last trace used, so that a test does not have to use a million.
func SetTrace(t *Terminal, last int) { t.mem.Trace = last }

// FillJournal repeats the journal's first line until the batch is full.
func FillJournal(t *Terminal) {
	for len(t.mem.Journal) < linesMax {
		t.mem.Journal = append(t.mem.Journal, t.mem.Journal[0])
	}
}
