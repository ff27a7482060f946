package receipt

// Lang is the language of a document's fixed words.
type Lang string

// The languages. A Chinese slip has bilingual labels, as slips in China do.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// label is a fixed word in both languages.
type label struct{ zh, en string }

// in returns the label as it stands before a value.
func (l label) in(lang Lang) string {
	if lang == English {
		return l.en
	}
	return l.zh + " " + l.en
}

// with joins both languages with sep on a Chinese document, where the word stands alone.
func (l label) with(sep string, lang Lang) string {
	if lang == English {
		return l.en
	}
	return l.zh + sep + l.en
}
